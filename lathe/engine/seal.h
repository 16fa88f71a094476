// SPDX-License-Identifier: Apache-2.0
// The hash of engine.json in engine.json: its last member, over the text without the hash's own
// digits. A byte that changes on the disk is found; it is no protection against a forger.
#pragma once

#include <string>
#include <string_view>

#include "lathe/engine/manifest.h"

namespace lathe::engine {

// The whole text of engine.json, `hash` filled in.
std::string sealed_text(Manifest manifest);

// Whether `text`, which was read as `manifest`, is what was written. A text whose `hash` is empty
// was edited by hand and passes here, but not with kRequired. Throws kCorrupt.
enum class Seal : uint8_t { kWhereGiven, kRequired };
void check_seal(std::string_view text, const Manifest& manifest, Seal seal);

}  // namespace lathe::engine
