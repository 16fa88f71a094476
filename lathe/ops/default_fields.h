// SPDX-License-Identifier: Apache-2.0
// Attributes in the text form: only what differs from the defaults is written.
#pragma once

#include "lathe/base/json.h"

namespace lathe::ops {

// The object without the members that are equal in `defaults`; objects inside it likewise.
Json without_defaults(const Json& object, const Json& defaults);

// The object with the members of `defaults` that it lacks; objects inside it likewise.
Json with_defaults(const Json& object, const Json& defaults);

}  // namespace lathe::ops
