// SPDX-License-Identifier: Apache-2.0
#include "blame.h"

#include "lathe/base/file.h"

namespace lathe::app {

std::string flag_of_field(std::string_view field) {
  std::string flag = cat("--", field);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

Json read_json_file(std::string_view flag, const ExistingFile& path) {
  return blame_flag(flag, [&] { return Json::parse(read_file(path.path), path.string()); });
}

}  // namespace lathe::app
