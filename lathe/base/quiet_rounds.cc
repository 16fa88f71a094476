// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/quiet_rounds.h"

#include <cmath>

#include "lathe/base/log.h"
#include "lathe/base/text.h"

namespace lathe {

QuietRounds::Verdict QuietRounds::judge(std::string_view what, const CoreUse& begin,
                                        int64_t discarded) {
  if (options_.most_discarded == 0) return Verdict::kQuiet;
  const CoreUse end = options_.now();
  if (!is_contended(begin, end)) return Verdict::kQuiet;
  const bool keep = discarded == options_.most_discarded;
  ++(keep ? contended_ : discarded_);
  log(LogLevel::kWarn,
      cat(options_.who, ": ", what, keep ? " kept" : " discarded", ": others took ",
          std::lround(share_of_others(begin, end) * 100), " % of the cores"));
  return keep ? Verdict::kContended : Verdict::kDiscarded;
}

}  // namespace lathe
