// SPDX-License-Identifier: Apache-2.0
// Small text helpers: messages put together from pieces, splitting, joining, nearest names.
//
//   std::string m = cat("rms_norm: weight has ", n, " elements, expected ", hidden);
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

void append_text(std::string& out, std::string_view part);
void append_text(std::string& out, bool part);
void append_text(std::string& out, char part);
void append_text(std::string& out, double part);  // shortest form that reads back the same
void append_integer(std::string& out, long long part);
void append_integer(std::string& out, unsigned long long part);

template <std::integral T>
requires(!std::same_as<T, bool> && !std::same_as<T, char>) void append_text(std::string& out,
                                                                            T part) {
  if constexpr (std::is_signed_v<T>) {
    append_integer(out, static_cast<long long>(part));
  } else {
    append_integer(out, static_cast<unsigned long long>(part));
  }
}
inline void append_text(std::string& out, const char* part) {
  append_text(out, std::string_view(part));
}
// The double whose shortest decimal form is that of `value`: 0.1f gives 0.1.
double shortest_double(float value);
inline void append_text(std::string& out, float part) { append_text(out, shortest_double(part)); }

// All parts, one after the other.
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::string out;
  (append_text(out, parts), ...);
  return out;
}

std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);

// A readable rendering of untrusted bytes for an error message: at most `limit` bytes, cut
// between characters, control bytes escaped.
std::string quote(std::string_view bytes, size_t limit = 60);

// The candidate with the smallest edit distance to `word`, or empty when none is near.
std::string_view nearest_name(std::string_view word, std::span<const std::string> candidates);

}  // namespace lathe
