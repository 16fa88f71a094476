// SPDX-License-Identifier: Apache-2.0
// Leveled logging to stderr, one line per decision: an event and key=value fields.
//
//   log(LogLevel::kInfo, cat("weights loaded bytes=", bytes, " seconds=", seconds));
//
// Thread-safe. The level is the process's, set once by a program's main (default: warn).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lathe {

enum class LogLevel : uint8_t { kDebug = 0, kInfo = 1, kWarn = 2, kError = 3 };
std::span<const LogLevel> enum_values(LogLevel);
std::string_view to_string(LogLevel level);  // "debug", "info", "warn", "error"

void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
void log(LogLevel level, std::string_view line);

}  // namespace lathe
