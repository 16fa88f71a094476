// SPDX-License-Identifier: Apache-2.0
// The hash of engine.json in engine.json: its last member, over the text without the hash's own
// digits. A byte that changes on the disk is found; it is no protection against a forger.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lathe/engine/manifest.h"

namespace lathe::engine {

// The whole text of engine.json, `hash` filled in.
std::string sealed_text(Manifest manifest);

// A text whose `hash` is empty was edited by hand: kWhereGiven lets it pass.
enum class Seal : uint8_t { kWhereGiven, kRequired };

// Throws kCorrupt where `text`, which was read as `manifest`, is not what was written.
void check_seal(std::string_view text, const Manifest& manifest, Seal seal);

}  // namespace lathe::engine
