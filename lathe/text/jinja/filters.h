// SPDX-License-Identifier: Apache-2.0
// The tables that filters are looked up in.
#pragma once

#include <span>

#include "lathe/text/jinja/runtime.h"

namespace lathe::text::jinja {

std::span<const Function> text_filters();   // upper, trim, replace, indent, …
std::span<const Function> list_filters();   // join, map, selectattr, sort, …
std::span<const Function> value_filters();  // default, int, tojson, items, …

// What templates take for text: a string, else its str().
std::string soft_text(const Value& value);

}  // namespace lathe::text::jinja
