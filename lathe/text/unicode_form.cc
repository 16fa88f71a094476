// SPDX-License-Identifier: Apache-2.0
// The one file that knows utf8proc.
#include "lathe/text/unicode_form.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "lathe/base/error.h"

namespace lathe::text {
namespace {

int options_of(UnicodeForm form) {
  switch (form) {
    case UnicodeForm::kNfc:
      return UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    case UnicodeForm::kNfd:
      return UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
    case UnicodeForm::kNfkc:
      return UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
    case UnicodeForm::kNfkd:
      return UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT;
  }
  LATHE_CHECK(false, "not a normal form");
}

}  // namespace

std::string to_form(UnicodeForm form, std::string_view text) {
  // Most texts are ASCII, and every form keeps that.
  if (std::ranges::all_of(text,
                          [](char byte) { return static_cast<unsigned char>(byte) < 0x80; })) {
    return std::string(text);
  }
  utf8proc_uint8_t* out = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &out,
                                 static_cast<utf8proc_option_t>(options_of(form)));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, &std::free);
  LATHE_CHECK(size >= 0, "utf8proc refuses valid UTF-8", utf8proc_errmsg(size));
  return std::string(reinterpret_cast<const char*>(out), static_cast<size_t>(size));
}

char32_t lower_case(char32_t code) {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code)));
}

// utf8proc makes a capital ẞ of ß, for which Unicode has no single capital: it is SS.
char32_t upper_case(char32_t code) {
  if (code == U'ß') return code;
  return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(code)));
}

char32_t title_case(char32_t code) {
  if (code == U'ß') return code;
  return static_cast<char32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(code)));
}

}  // namespace lathe::text
