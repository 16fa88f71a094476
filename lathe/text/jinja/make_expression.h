// SPDX-License-Identifier: Apache-2.0
// Puts a node into the tree, and refuses trees that are too deep to walk.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "lathe/text/jinja/ast.h"
#include "lathe/text/jinja/parser.h"

namespace lathe::text::jinja {

// The depth of the deepest part that stands in a list; 0 for nodes without lists.
int deepest_listed(const ListDisplay& node);
int deepest_listed(const DictDisplay& node);
int deepest_listed(const Compare& node);
int deepest_listed(const CallExpression& node);
int deepest_listed(const FilterExpression& node);
int deepest_listed(const TestExpression& node);
template <class Node>
int deepest_listed(const Node&) {
  return 0;
}

// One more than `deepest`. Throws where the tree gets too deep; chains like a + b + c count too.
int checked_depth(const TokenStream& tokens, int deepest);

// `parts` are the node's own expressions, as far as they do not stand in lists; null ones are left
// out.
template <class Node>
ExpressionPtr make_expression(const TokenStream& tokens, Node node,
                              std::initializer_list<const Expression*> parts = {}) {
  int deepest = deepest_listed(node);
  for (const Expression* part : parts) {
    if (part != nullptr) deepest = std::max(deepest, part->depth);
  }
  return ExpressionPtr(
      new Expression{tokens.line(), checked_depth(tokens, deepest), {std::move(node)}});
}

}  // namespace lathe::text::jinja
