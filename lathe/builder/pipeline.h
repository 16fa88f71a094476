// SPDX-License-Identifier: Apache-2.0
// The passes in their order: each timed, dumped before and after where asked for, verified behind.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/builder/pass.h"

namespace lathe::builder {

// Passes that decide what the network computes (formats, integer activations) …
std::span<const Pass* const> bind_passes();
// … and those that only change how.
std::span<const Pass* const> optimize_passes();

struct PipelineOptions {
  std::vector<std::string> skip;      // names of passes
  int first_number = 0;               // NN of the first pass in names of dumps
  std::filesystem::path dump_folder;  // NN-name.before.txt and .after.txt; empty = none
  // Told of each pass that is not skipped as it begins, and of `build`'s later stages. What it
  // throws ends the build.
  std::function<void(std::string_view name)> begin = {};
};

struct PassReport {
  std::string name;
  bool skipped = false;
  double seconds = 0;
  int64_t ops_before = 0;
  int64_t ops_after = 0;
  std::vector<std::string> notes;
  bool operator==(const PassReport&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("name", &PassReport::name);
    v("skipped", &PassReport::skipped);
    v("seconds", &PassReport::seconds);
    v("ops_before", &PassReport::ops_before);
    v("ops_after", &PassReport::ops_after);
    v("notes", &PassReport::notes);
  }
};

// Throws kNotFound with the nearest name for a name in `skip` that no pass has.
void check_pass_names(std::span<const std::string> names);

// Runs the passes over the network. Errors carry the pass's name.
std::vector<PassReport> run_passes(std::span<const Pass* const> passes, Network& network,
                                   PassContext& context, const PipelineOptions& options = {});

}  // namespace lathe::builder
