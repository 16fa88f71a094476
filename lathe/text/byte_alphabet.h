// SPDX-License-Identifier: Apache-2.0
// GPT-2's way to write any bytes as printable text: each byte has a character of its own. Printable
// Latin-1 stands for itself; the other 68 bytes are U+0100, U+0101, … in order, so that a space
// is Ġ and a line feed Ċ.
#pragma once

#include <string>
#include <string_view>

namespace lathe::text {

std::string to_byte_alphabet(std::string_view bytes);

// The bytes that a token stands for. One with a character outside the alphabet (an added token)
// stands for itself, as with the `tokenizers` package.
std::string from_byte_alphabet(std::string_view token);

}  // namespace lathe::text
