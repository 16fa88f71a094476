// SPDX-License-Identifier: Apache-2.0
// Unicode's normal forms, and capitals and small letters, one character at a time.
#pragma once

#include <string>
#include <string_view>

namespace lathe::text {

enum class UnicodeForm { kNfc, kNfd, kNfkc, kNfkd };

// `text` is valid UTF-8.
std::string to_form(UnicodeForm form, std::string_view text);

char32_t lower_case(char32_t code);
char32_t upper_case(char32_t code);
char32_t title_case(char32_t code);

}  // namespace lathe::text
