// SPDX-License-Identifier: Apache-2.0
// Unicode's normal forms.
#pragma once

#include <string>
#include <string_view>

namespace lathe::text {

enum class UnicodeForm { kNfc, kNfd, kNfkc, kNfkd };

// `text` is valid UTF-8.
std::string to_form(UnicodeForm form, std::string_view text);

}  // namespace lathe::text
