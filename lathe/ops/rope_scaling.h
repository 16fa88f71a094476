// SPDX-License-Identifier: Apache-2.0
// How rotary frequencies are stretched beyond the trained context. In JSON an object with "type".
#pragma once

#include <variant>
#include <vector>

#include "lathe/base/fields.h"

namespace lathe::ops {

struct NoScaling {
  static constexpr std::string_view kType = "none";
  bool operator==(const NoScaling&) const = default;
  template <class V>
  static void fields(V&&) {}
};

// Positions divided by `factor` (arXiv 2306.15595).
struct LinearScaling {
  static constexpr std::string_view kType = "linear";
  double factor = 1;
  bool operator==(const LinearScaling&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("factor", &LinearScaling::factor);
  }
};

// NTK-aware: theta grows with the length of the sequence beyond `original_max_positions`.
struct DynamicScaling {
  static constexpr std::string_view kType = "dynamic";
  double factor = 1;
  int64_t original_max_positions = 0;
  bool operator==(const DynamicScaling&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("factor", &DynamicScaling::factor);
    v("original_max_positions", &DynamicScaling::original_max_positions);
  }
};

// arXiv 2309.00071; `attention_factor` multiplies cos and sin.
struct YarnScaling {
  static constexpr std::string_view kType = "yarn";
  double factor = 1;
  int64_t original_max_positions = 0;
  double beta_fast = 32;
  double beta_slow = 1;
  double attention_factor = 1;
  bool truncate = true;
  bool operator==(const YarnScaling&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("factor", &YarnScaling::factor);
    v("original_max_positions", &YarnScaling::original_max_positions);
    v("beta_fast", &YarnScaling::beta_fast);
    v("beta_slow", &YarnScaling::beta_slow);
    v("attention_factor", &YarnScaling::attention_factor);
    v("truncate", &YarnScaling::truncate);
  }
};

// Llama 3.1: high frequencies stay, low ones are divided, a smooth ramp between.
struct Llama3Scaling {
  static constexpr std::string_view kType = "llama3";
  double factor = 8;
  double low_freq_factor = 1;
  double high_freq_factor = 4;
  int64_t original_max_positions = 8192;
  bool operator==(const Llama3Scaling&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("factor", &Llama3Scaling::factor);
    v("low_freq_factor", &Llama3Scaling::low_freq_factor);
    v("high_freq_factor", &Llama3Scaling::high_freq_factor);
    v("original_max_positions", &Llama3Scaling::original_max_positions);
  }
};

// arXiv 2402.13753: a divisor a frequency, one set up to `original_max_positions`, one beyond.
struct LongRopeScaling {
  static constexpr std::string_view kType = "longrope";
  std::vector<double> short_factors;
  std::vector<double> long_factors;
  int64_t original_max_positions = 0;
  double attention_factor = 1;
  bool operator==(const LongRopeScaling&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("short_factors", &LongRopeScaling::short_factors);
    v("long_factors", &LongRopeScaling::long_factors);
    v("original_max_positions", &LongRopeScaling::original_max_positions);
    v("attention_factor", &LongRopeScaling::attention_factor);
  }
};

// A divisor a frequency, for sequences of any length: how GGUF files carry Llama 3's scaling.
struct FrequencyFactorScaling {
  static constexpr std::string_view kType = "frequency_factors";
  std::vector<double> factors;
  bool operator==(const FrequencyFactorScaling&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("factors", &FrequencyFactorScaling::factors);
  }
};

using RopeScaling = std::variant<NoScaling, LinearScaling, DynamicScaling, YarnScaling,
                                 Llama3Scaling, LongRopeScaling, FrequencyFactorScaling>;
Json to_json(const RopeScaling& scaling);
void read_json(const Json& json, RopeScaling& out);

// True where frequencies depend on the length of the sequence (dynamic, longrope).
bool needs_lengths(const RopeScaling& scaling);

// Throws kInvalidArgument where a parameter cannot work for heads of this size.
void check_scaling(const RopeScaling& scaling, double theta, int64_t rotary_dims);

struct RopeFrequencies {
  std::vector<double> inverse;  // [rotary_dims / 2], radians a position
  double magnitude = 1;         // multiplies cos and sin
};
// Frequencies for a sequence of `length` known tokens.
RopeFrequencies rope_frequencies(const RopeScaling& scaling, double theta, int64_t rotary_dims,
                                 int64_t length);

}  // namespace lathe::ops
