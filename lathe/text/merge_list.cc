// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/merge_list.h"

#include <string>
#include <utility>

#include "lathe/base/error.h"
#include "lathe/text/json_fields.h"

namespace lathe::text {
namespace {

// The two halves of a merge: ["Ġ", "t"], or in older files "Ġ t".
std::pair<std::string_view, std::string_view> halves(const Json& merge) {
  if (merge.is_array()) {
    const Json::Array& pair = merge.as_array();
    if (pair.size() != 2) fail(ErrorCode::kCorrupt, "expected two tokens, got ", pair.size());
    return {pair[0].as_string(), pair[1].as_string()};
  }
  const std::string_view text = merge.as_string();
  const size_t space = text.find(' ', 1);
  if (space == std::string_view::npos) {
    fail(ErrorCode::kCorrupt, "expected two tokens with a space between them, got ", quote(text));
  }
  return {text.substr(0, space), text.substr(space + 1)};
}

}  // namespace

int32_t token_id(const Vocabulary& vocabulary, std::string_view token) {
  const auto id = vocabulary.find(token);
  if (!id) fail(ErrorCode::kCorrupt, "token ", quote(token), " is not in the vocabulary");
  return *id;
}

MergeTable read_merges(const Json& json, const Vocabulary& vocabulary) {
  const Json::Array& list = json.as_array();
  MergeTable out(list.size());
  std::string merged;
  int32_t rank = 0;
  const auto add = [&] {
    const auto [left, right] = halves(list[static_cast<size_t>(rank)]);
    merged.assign(left).append(right);
    const int32_t left_id = token_id(vocabulary, left);
    const int32_t right_id = token_id(vocabulary, right);
    out.add(left_id, right_id, {rank, token_id(vocabulary, merged)});
  };
  for (; rank < static_cast<int32_t>(list.size()); ++rank) {
    with_item_context([&] { return cat("[", rank, "]"); }, add);
  }
  return out;
}

}  // namespace lathe::text
