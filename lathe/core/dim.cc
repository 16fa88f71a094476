// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/dim.h"

#include <algorithm>
#include <charconv>

#include "lathe/base/error.h"

namespace lathe {
namespace {

int64_t parse_number(std::string_view text, std::string_view whole) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail(ErrorCode::kCorrupt, "dimension ", quote(whole), ": expected a number, got ", quote(text));
  }
  return value;
}

bool is_symbol_name(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
             std::string_view::npos &&
         (text[0] < '0' || text[0] > '9');
}

// "9*tokens", "tokens" or "-4", without its leading '+'.
Dim parse_term(std::string_view term, std::string_view whole) {
  int64_t sign = 1;
  if (term.starts_with('-')) {
    sign = -1;
    term.remove_prefix(1);
  }
  const size_t star = term.find('*');
  const std::string_view symbol = star == std::string_view::npos ? term : term.substr(star + 1);
  if (!is_symbol_name(symbol)) return parse_number(term, whole) * sign;
  const int64_t factor =
      star == std::string_view::npos ? 1 : parse_number(term.substr(0, star), whole);
  return Dim::symbol(symbol) * (factor * sign);
}

}  // namespace

Dim Dim::symbol(std::string_view name) {
  Dim dim;
  dim.terms_.push_back({std::string(name), 1});
  return dim;
}

Dim Dim::parse(std::string_view text) {
  Dim sum;
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find_first_of("+-", begin + 1);
    if (end == std::string_view::npos) end = text.size();
    std::string_view term = text.substr(begin, end - begin);
    if (term.starts_with('+')) term.remove_prefix(1);
    sum = sum + parse_term(term, text);
    begin = end;
  }
  if (text.empty()) fail(ErrorCode::kCorrupt, "dimension: expected a number or a symbol, got ''");
  return sum;
}

int64_t Dim::value() const {
  if (!is_constant()) {
    fail(ErrorCode::kInvalidArgument, "dimension ", to_string(), " is symbolic, expected a number");
  }
  return constant_;
}

std::optional<int64_t> Dim::constant() const {
  return is_constant() ? std::optional(constant_) : std::nullopt;
}

int64_t Dim::evaluate(const DimBindings& bindings) const {
  int64_t sum = constant_;
  for (const Term& term : terms_) {
    const auto found = bindings.find(term.symbol);
    if (found == bindings.end()) {
      fail(ErrorCode::kInvalidArgument, "dimension ", to_string(), ": symbol ", term.symbol,
           " has no value in this run");
    }
    sum += term.coefficient * found->second;
  }
  return sum;
}

std::string Dim::to_string() const {
  std::string out;
  for (const Term& term : terms_) {
    if (!out.empty() && term.coefficient > 0) out += '+';
    if (term.coefficient == -1) {
      out += '-';
    } else if (term.coefficient != 1) {
      out += cat(term.coefficient, '*');
    }
    out += term.symbol;
  }
  if (constant_ != 0 || out.empty())
    out += cat(!out.empty() && constant_ > 0 ? "+" : "", constant_);
  return out;
}

Dim Dim::operator+(const Dim& other) const {
  Dim sum = *this;
  sum.constant_ += other.constant_;
  for (const Term& term : other.terms_) {
    const auto place =
        std::lower_bound(sum.terms_.begin(), sum.terms_.end(), term,
                         [](const Term& a, const Term& b) { return a.symbol < b.symbol; });
    if (place == sum.terms_.end() || place->symbol != term.symbol) {
      sum.terms_.insert(place, term);
    } else if ((place->coefficient += term.coefficient) == 0) {
      sum.terms_.erase(place);
    }
  }
  return sum;
}

Dim Dim::operator-(const Dim& other) const { return *this + other * -1; }

Dim Dim::operator*(const Dim& other) const {
  if (!is_constant() && !other.is_constant()) {
    fail(ErrorCode::kUnsupported, "product of the symbolic dimensions ", to_string(), " and ",
         other.to_string());
  }
  Dim product = is_constant() ? other : *this;
  const int64_t factor = is_constant() ? constant_ : other.constant_;
  product.constant_ *= factor;
  for (Term& term : product.terms_) term.coefficient *= factor;
  if (factor == 0) product.terms_.clear();
  return product;
}

Dim Dim::operator/(int64_t divisor) const {
  Dim quotient = *this;
  const auto divide = [&](int64_t& value) {
    if (divisor == 0 || value % divisor != 0) {
      fail(ErrorCode::kInvalidArgument, "dimension ", to_string(), " is not a multiple of ",
           divisor);
    }
    value /= divisor;
  };
  divide(quotient.constant_);
  for (Term& term : quotient.terms_) divide(term.coefficient);
  return quotient;
}

Json to_json(const Dim& dim) {
  if (const auto value = dim.constant()) return *value;
  return dim.to_string();
}

void read_json(const Json& json, Dim& out) {
  out = json.is_string() ? Dim::parse(json.as_string()) : Dim(json.as_integer());
}

}  // namespace lathe
