// SPDX-License-Identifier: Apache-2.0
// The formulae are those of the scalings' papers in the form that published models were trained and
// are served with (Hugging Face transformers 4.x), in f64.
#include "lathe/ops/rope_scaling.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "lathe/base/error.h"

namespace lathe::ops {

namespace {

using std::numbers::pi;

// theta^(-2i / d) for each pair i.
std::vector<double> unscaled(double theta, int64_t rotary_dims) {
  std::vector<double> inverse(static_cast<size_t>(rotary_dims / 2));
  for (size_t i = 0; i < inverse.size(); ++i) {
    inverse[i] = std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(rotary_dims));
  }
  return inverse;
}

struct Sequence {
  double theta;
  int64_t rotary_dims;
  int64_t length;
};

RopeFrequencies scaled(const NoScaling&, const Sequence& s) {
  return {unscaled(s.theta, s.rotary_dims)};
}

RopeFrequencies scaled(const LinearScaling& linear, const Sequence& s) {
  RopeFrequencies out{unscaled(s.theta, s.rotary_dims)};
  for (double& frequency : out.inverse) frequency /= linear.factor;
  return out;
}

RopeFrequencies scaled(const DynamicScaling& dynamic, const Sequence& s) {
  const auto trained = static_cast<double>(dynamic.original_max_positions);
  const double length = std::max(static_cast<double>(s.length), trained);
  const auto dims = static_cast<double>(s.rotary_dims);
  const double stretch = dynamic.factor * length / trained - (dynamic.factor - 1);
  return {unscaled(s.theta * std::pow(stretch, dims / (dims - 2)), s.rotary_dims)};
}

// The (fractional) pair whose frequency makes `rotations` turns over the trained context.
double yarn_pair(double rotations, const YarnScaling& yarn, const Sequence& s) {
  const double wavelength = static_cast<double>(yarn.original_max_positions) / (rotations * 2 * pi);
  return static_cast<double>(s.rotary_dims) * std::log(wavelength) / (2 * std::log(s.theta));
}

RopeFrequencies scaled(const YarnScaling& yarn, const Sequence& s) {
  RopeFrequencies out{unscaled(s.theta, s.rotary_dims), yarn.attention_factor};
  double low = yarn_pair(yarn.beta_fast, yarn, s);
  double high = yarn_pair(yarn.beta_slow, yarn, s);
  if (yarn.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(s.rotary_dims - 1));
  if (low == high) high += 0.001;
  for (size_t i = 0; i < out.inverse.size(); ++i) {
    // 0: a fast pair, kept; 1: a slow pair, interpolated.
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    out.inverse[i] = out.inverse[i] / yarn.factor * ramp + out.inverse[i] * (1 - ramp);
  }
  return out;
}

RopeFrequencies scaled(const Llama3Scaling& llama3, const Sequence& s) {
  RopeFrequencies out{unscaled(s.theta, s.rotary_dims)};
  const auto trained = static_cast<double>(llama3.original_max_positions);
  for (double& frequency : out.inverse) {
    const double turns = trained * frequency / (2 * pi);  // over the trained context
    if (turns > llama3.high_freq_factor) continue;
    if (turns < llama3.low_freq_factor) {
      frequency /= llama3.factor;
      continue;
    }
    const double smooth =
        (turns - llama3.low_freq_factor) / (llama3.high_freq_factor - llama3.low_freq_factor);
    frequency = (1 - smooth) * frequency / llama3.factor + smooth * frequency;
  }
  return out;
}

RopeFrequencies scaled(const LongRopeScaling& longrope, const Sequence& s) {
  RopeFrequencies out{unscaled(s.theta, s.rotary_dims), longrope.attention_factor};
  const bool beyond = s.length > longrope.original_max_positions;
  const std::vector<double>& factors = beyond ? longrope.long_factors : longrope.short_factors;
  for (size_t i = 0; i < out.inverse.size(); ++i) out.inverse[i] /= factors[i];
  return out;
}

RopeFrequencies scaled(const FrequencyFactorScaling& scaling, const Sequence& s) {
  RopeFrequencies out{unscaled(s.theta, s.rotary_dims)};
  for (size_t i = 0; i < out.inverse.size(); ++i) out.inverse[i] /= scaling.factors[i];
  return out;
}

void expect_positive(std::string_view field, double value) {
  if (std::isfinite(value) && value > 0) return;
  fail(ErrorCode::kInvalidArgument, field, ": expected a positive number, got ", value);
}

void check(const NoScaling&, int64_t) {}

void check(const LinearScaling& linear, int64_t) { expect_positive("factor", linear.factor); }

void check(const DynamicScaling& dynamic, int64_t rotary_dims) {
  if (!std::isfinite(dynamic.factor) || dynamic.factor < 1) {
    fail(ErrorCode::kInvalidArgument, "factor: expected 1 or more, got ", dynamic.factor);
  }
  expect_positive("original_max_positions", static_cast<double>(dynamic.original_max_positions));
  if (rotary_dims < 4) {
    fail(ErrorCode::kInvalidArgument, "rotary_dims: dynamic scaling needs 4 or more, got ",
         rotary_dims);
  }
}

void check(const YarnScaling& yarn, int64_t) {
  expect_positive("factor", yarn.factor);
  expect_positive("original_max_positions", static_cast<double>(yarn.original_max_positions));
  expect_positive("beta_fast", yarn.beta_fast);
  expect_positive("beta_slow", yarn.beta_slow);
  expect_positive("attention_factor", yarn.attention_factor);
}

void check(const Llama3Scaling& llama3, int64_t) {
  expect_positive("factor", llama3.factor);
  expect_positive("original_max_positions", static_cast<double>(llama3.original_max_positions));
  expect_positive("low_freq_factor", llama3.low_freq_factor);
  expect_positive("high_freq_factor - low_freq_factor",
                  llama3.high_freq_factor - llama3.low_freq_factor);
}

void check_factors(std::string_view field, const std::vector<double>& factors,
                   int64_t rotary_dims) {
  if (static_cast<int64_t>(factors.size()) != rotary_dims / 2) {
    fail(ErrorCode::kInvalidArgument, field, ": expected one a pair (", rotary_dims / 2, "), got ",
         factors.size());
  }
  for (const double factor : factors) expect_positive(field, factor);
}

void check(const LongRopeScaling& longrope, int64_t rotary_dims) {
  check_factors("short_factors", longrope.short_factors, rotary_dims);
  check_factors("long_factors", longrope.long_factors, rotary_dims);
  expect_positive("original_max_positions", static_cast<double>(longrope.original_max_positions));
  expect_positive("attention_factor", longrope.attention_factor);
}

void check(const FrequencyFactorScaling& scaling, int64_t rotary_dims) {
  check_factors("factors", scaling.factors, rotary_dims);
}

// Makes `out` the alternative whose kType is `type`; false where there is none.
template <size_t kIndex = 0>
bool emplace_type(std::string_view type, RopeScaling& out) {
  if constexpr (kIndex < std::variant_size_v<RopeScaling>) {
    if (std::variant_alternative_t<kIndex, RopeScaling>::kType != type) {
      return emplace_type<kIndex + 1>(type, out);
    }
    out.emplace<kIndex>();
    return true;
  }
  return false;
}

}  // namespace

Json to_json(const RopeScaling& scaling) {
  return std::visit(
      []<class T>(const T& one) {
        Json out = Json::object();
        out["type"] = T::kType;
        const Json fields = lathe::to_json<T>(one);
        for (const auto& [name, value] : fields.as_object()) out[name] = value;
        return out;
      },
      scaling);
}

void read_json(const Json& json, RopeScaling& out) {
  const std::string& type = json.at("type").as_string();
  if (!emplace_type(type, out)) {
    fail(ErrorCode::kCorrupt,
         "type: expected none, linear, dynamic, yarn, llama3, longrope or frequency_factors, got ",
         quote(type));
  }
  Json rest = json;
  std::erase_if(rest.as_object(),
                [](const Json::Member& member) { return member.first == "type"; });
  std::visit([&]<class T>(T& one) { lathe::read_json<T>(rest, one); }, out);
}

bool needs_lengths(const RopeScaling& scaling) {
  return std::holds_alternative<DynamicScaling>(scaling) ||
         std::holds_alternative<LongRopeScaling>(scaling);
}

void check_scaling(const RopeScaling& scaling, double theta, int64_t rotary_dims) {
  if (!std::isfinite(theta) || theta <= 1) {
    fail(ErrorCode::kInvalidArgument, "theta: expected a number above 1, got ", theta);
  }
  with_context(cat("scaling ", to_json(scaling).at("type").as_string()),
               [&] { std::visit([&](const auto& one) { check(one, rotary_dims); }, scaling); });
}

RopeFrequencies rope_frequencies(const RopeScaling& scaling, double theta, int64_t rotary_dims,
                                 int64_t length) {
  check_scaling(scaling, theta, rotary_dims);
  const Sequence sequence{theta, rotary_dims, length};
  return std::visit([&](const auto& one) { return scaled(one, sequence); }, scaling);
}

}  // namespace lathe::ops
