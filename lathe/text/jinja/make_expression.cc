// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/jinja/make_expression.h"

namespace lathe::text::jinja {
namespace {

constexpr int kMaxDepth = 250;  // of a tree: chains like a + b + c count too

int deepest_of(const std::vector<ExpressionPtr>& list) {
  int deepest = 0;
  for (const ExpressionPtr& item : list) deepest = std::max(deepest, item->depth);
  return deepest;
}

int deepest_of(const CallArguments& arguments) {
  int deepest = deepest_of(arguments.positional);
  for (const auto& item : arguments.keyword) deepest = std::max(deepest, item.second->depth);
  return deepest;
}

}  // namespace

int deepest_listed(const ListDisplay& node) { return deepest_of(node.items); }
int deepest_listed(const CallExpression& node) { return deepest_of(node.arguments); }
int deepest_listed(const FilterExpression& node) { return deepest_of(node.arguments); }
int deepest_listed(const TestExpression& node) { return deepest_of(node.arguments); }
int deepest_listed(const Compare& node) {
  int deepest = 0;
  for (const auto& item : node.rest) deepest = std::max(deepest, item.second->depth);
  return deepest;
}
int deepest_listed(const DictDisplay& node) {
  int deepest = 0;
  for (const auto& item : node.items) {
    deepest = std::max({deepest, item.first->depth, item.second->depth});
  }
  return deepest;
}

int checked_depth(const TokenStream& tokens, int deepest) {
  if (deepest >= kMaxDepth) tokens.refuse("expression of more than ", kMaxDepth, " levels");
  return deepest + 1;
}

}  // namespace lathe::text::jinja
