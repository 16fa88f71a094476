// SPDX-License-Identifier: Apache-2.0
#include "kernel_report.h"

#include <cmath>

#include "lathe/base/text.h"

namespace lathe::app {

namespace {

std::string line_of(const KernelRow& row) {
  const kernels::KernelFigure& figure = row.figure;
  const auto rounded = [](double value) { return std::round(value * 10) / 10; };
  return cat(figure.kernel, "  ", rounded(figure.us), " us  x ", row.steps, "  ",
             rounded(figure.share * 100), " % of ", figure.bound,
             figure.contended ? " (contended)  " : "  ", rounded(figure.bytes / figure.us / 1e3),
             " GB/s  ", rounded(figure.flops / figure.us / 1e3), " Gop/s  ", figure.problem, "\n");
}

}  // namespace

Json to_json(const KernelReport& report) {
  Json out = report.facts;
  Json& kernels = out["kernels"] = Json::array();
  for (const KernelRow& row : report.rows) {
    Json item = lathe::to_json(row.figure);
    item["steps"] = row.steps;
    kernels.push_back(std::move(item));
  }
  return out;
}

std::string text_of(const KernelReport& report) {
  std::string out;
  if (const Json* device = report.facts.find("device")) out = cat(device->as_string(), "  ");
  out += cat("ceilings ", report.facts.at("ceilings").dump(), "\n");
  for (const KernelRow& row : report.rows) out += line_of(row);
  return out;
}

}  // namespace lathe::app
