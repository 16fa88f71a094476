// SPDX-License-Identifier: Apache-2.0
#include "inspect_ops.h"

#include "lathe/kernels/kernel.h"
#include "lathe/ops/op.h"
#include "print.h"

namespace lathe::app {

namespace {

// One folder an op; the CPU reference closes its list.
std::string reference_file(std::string_view op) { return cat("lathe/kernels/", op, "/cpu_ref.cc"); }

Json kernel_names(std::string_view op) {
  Json names = Json::array();
  for (const kernels::Kernel* kernel : kernels::kernels_for(op)) names.push_back(kernel->name);
  return names;
}

Json op_json(const ops::OpInfo& info) {
  Json out = Json::object();
  out["name"] = info.name;
  out["formula"] = info.formula;
  out["rule"] = info.rule;
  out["source"] = info.source;
  out["kernels"] = kernel_names(info.name);
  out["reference"] = reference_file(info.name);
  return out;
}

std::string op_text(const ops::OpInfo& info) {
  std::string text =
      cat(info.name, "\n  formula    ", info.formula, "\n  rule       ", info.rule, "\n");
  if (!info.source.empty()) text += cat("  source     ", info.source, "\n");
  text += cat("  reference  ", reference_file(info.name), "\n");
  return text;
}

}  // namespace

void print_ops(ListForm form) {
  Json list = Json::array();
  for (const ops::OpDef* def : ops::all_ops()) {
    if (form == ListForm::kText) print(op_text(def->info));
    list.push_back(op_json(def->info));
  }
  if (form == ListForm::kText) return;
  Json out = Json::object();
  out["ops"] = std::move(list);
  print_json(out);
}

}  // namespace lathe::app
