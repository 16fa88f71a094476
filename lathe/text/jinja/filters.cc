// SPDX-License-Identifier: Apache-2.0
// The table of filters; what they do stands in filters_*.cc.
#include "lathe/text/jinja/filters.h"

#include <vector>

#include "lathe/base/error.h"

namespace lathe::text::jinja {

Value apply_filter(Runtime& runtime, std::string_view name, const Value& subject,
                   const Arguments& arguments) {
  for (const std::span<const Function> table : {text_filters(), list_filters(), value_filters()}) {
    for (const Function& filter : table) {
      if (filter.name == name) return run(filter, runtime, subject, arguments);
    }
  }
  fail(ErrorCode::kCorrupt, "unknown filter ", quote(name));
}

}  // namespace lathe::text::jinja
