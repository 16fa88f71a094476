// SPDX-License-Identifier: Apache-2.0
// without_family GONE OTHER…: linked without the file of the family GONE. Its models are refused by
// name, every other family is there and builds the checkpoints that it has goldens for.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/models/family.h"

namespace {

namespace fs = std::filesystem;
using lathe::Json;

void must_hold(bool condition, const std::string& what) {
  if (!condition) lathe::fail(lathe::ErrorCode::kInternal, "expected that ", what);
}

// The family of a checkpoint is refused, or known and built: whichever is right for it.
// Gives whether it was built.
bool try_config(const fs::path& folder, const std::string& gone) {
  const Json config = Json::parse(lathe::read_file(folder / "config.json"), folder.string());
  try {
    const lathe::models::Model model = lathe::models::build_model(config, Json::object());
    must_hold(model.facts.family != gone, gone + " builds nothing");
    return true;
  } catch (const lathe::Error& error) {
    if (error.code() != lathe::ErrorCode::kUnsupported) throw;
    const std::string& type = config.at("model_type").as_string();
    must_hold(error.message().find(type) != std::string::npos, "the message names " + type);
    return false;
  }
}

void run(const std::string& gone, const std::vector<std::string>& others) {
  must_hold(lathe::models::family_names() == others, "all other families are there");
  int built = 0, refused = 0;
  for (const auto& entry :
       fs::directory_iterator(fs::path(LATHE_SOURCE_DIR) / "tests/data/checkpoints")) {
    if (!fs::exists(entry.path() / "config.json")) continue;
    ++(try_config(entry.path(), gone) ? built : refused);
  }
  must_hold(refused > 0, "a golden of " + gone + " is refused");
  must_hold(built > 0, "other goldens are built");
  std::printf("without %s: %d goldens built, %d refused\n", gone.c_str(), built, refused);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> names(argv + 1, argv + argc);
  if (names.size() < 2) return 2;
  const std::string gone = names.front();
  names.erase(names.begin());
  std::ranges::sort(names);
  try {
    run(gone, names);
    return 0;
  } catch (const std::exception& error) {
    std::printf("without %s: %s\n", gone.c_str(), error.what());
    return 1;
  }
}
