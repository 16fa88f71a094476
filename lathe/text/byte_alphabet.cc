// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/byte_alphabet.h"

#include <array>
#include <cstdint>

#include "lathe/text/utf8.h"

namespace lathe::text {
namespace {

constexpr char32_t kFirstShifted = 0x100;
constexpr int kNotInAlphabet = -1;

struct Alphabet {
  std::array<char32_t, 256> character{};
  std::array<int, kFirstShifted + 68> byte{};
};

constexpr bool is_printable(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr Alphabet make_alphabet() {
  Alphabet out;
  out.byte.fill(kNotInAlphabet);
  char32_t next = kFirstShifted;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char32_t character = is_printable(byte) ? byte : next++;
    out.character[byte] = character;
    out.byte[character] = static_cast<int>(byte);
  }
  return out;
}

constexpr Alphabet kAlphabet = make_alphabet();

}  // namespace

std::string to_byte_alphabet(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 2);
  for (const char byte : bytes) append_utf8(out, kAlphabet.character[static_cast<uint8_t>(byte)]);
  return out;
}

std::string from_byte_alphabet(std::string_view token) {
  std::string out;
  for (std::string_view rest = token; !rest.empty();) {
    const Utf8Step step = read_utf8(rest);
    const int byte = step.code < kAlphabet.byte.size() ? kAlphabet.byte[step.code] : kNotInAlphabet;
    if (byte == kNotInAlphabet) return std::string(token);
    out.push_back(static_cast<char>(byte));
    rest.remove_prefix(step.bytes);
  }
  return out;
}

}  // namespace lathe::text
