// SPDX-License-Identifier: Apache-2.0
// Where symbolic links lead, for those who write: what is written goes there, and the link stays.
#pragma once

#include <filesystem>

namespace lathe {

// `path` itself where it is no link, else the end of the chain, whether anything stands there or
// not. Throws kInvalidArgument for links that go in a circle.
std::filesystem::path follow_links(std::filesystem::path path);

}  // namespace lathe
