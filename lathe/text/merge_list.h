// SPDX-License-Identifier: Apache-2.0
// Merges as files list them, in order of rank: ["Ġ", "t"], or in older files and GGUF "Ġ t".
#pragma once

#include <cstdint>
#include <string_view>

#include "lathe/base/json.h"
#include "lathe/text/merge_table.h"
#include "lathe/text/vocabulary.h"

namespace lathe::text {

// Throws kCorrupt for an entry that is no pair, or whose tokens are not in the vocabulary.
MergeTable read_merges(const Json& list, const Vocabulary& vocabulary);

// The id of a token. Throws kCorrupt where there is none.
int32_t token_id(const Vocabulary& vocabulary, std::string_view token);

}  // namespace lathe::text
