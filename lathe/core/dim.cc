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

// Dims come from files too: a form that overflows is refused, never wrapped.
int64_t checked_add(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) {
    fail(ErrorCode::kCorrupt, "dimension: ", a, " + ", b, " exceeds 64 bits");
  }
  return sum;
}

int64_t checked_subtract(int64_t a, int64_t b) {
  int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) {
    fail(ErrorCode::kCorrupt, "dimension: ", a, " - ", b, " exceeds 64 bits");
  }
  return difference;
}

int64_t checked_multiply(int64_t a, int64_t b) {
  int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    fail(ErrorCode::kCorrupt, "dimension: ", a, " * ", b, " exceeds 64 bits");
  }
  return product;
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
  if (!is_symbol_name(symbol)) return checked_multiply(parse_number(term, whole), sign);
  const int64_t factor =
      star == std::string_view::npos ? 1 : parse_number(term.substr(0, star), whole);
  return Dim::symbol(symbol) * checked_multiply(factor, sign);
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
    sum = checked_add(sum, checked_multiply(term.coefficient, found->second));
  }
  return sum;
}

void Dim::solve(int64_t value, DimBindings& bindings, std::string_view what) const {
  int64_t rest = checked_subtract(value, constant_);
  const Term* unknown = nullptr;
  for (const Term& term : terms_) {
    const auto found = bindings.find(term.symbol);
    if (found != bindings.end()) {
      rest = checked_subtract(rest, checked_multiply(term.coefficient, found->second));
    } else if (unknown == nullptr) {
      unknown = &term;
    } else {
      fail(ErrorCode::kInvalidArgument, what, ": ", to_string(), " has two unknown symbols");
    }
  }
  const int64_t divisor = unknown == nullptr ? 0 : unknown->coefficient;
  if (divisor == -1) checked_multiply(rest, -1);  // the one quotient that exceeds 64 bits
  const bool fits = divisor == 0 ? rest == 0 : rest % divisor == 0 && rest / divisor >= 0;
  if (!fits) {
    fail(ErrorCode::kInvalidArgument, what, ": expected a dimension ", to_string(), ", got ",
         value);
  }
  if (unknown != nullptr) bindings[unknown->symbol] = rest / divisor;
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
  sum.constant_ = checked_add(sum.constant_, other.constant_);
  for (const Term& term : other.terms_) {
    const auto place =
        std::lower_bound(sum.terms_.begin(), sum.terms_.end(), term,
                         [](const Term& a, const Term& b) { return a.symbol < b.symbol; });
    if (place == sum.terms_.end() || place->symbol != term.symbol) {
      sum.terms_.insert(place, term);
    } else {
      place->coefficient = checked_add(place->coefficient, term.coefficient);
      if (place->coefficient == 0) sum.terms_.erase(place);
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
  product.constant_ = checked_multiply(product.constant_, factor);
  for (Term& term : product.terms_) {
    term.coefficient = checked_multiply(term.coefficient, factor);
  }
  if (factor == 0) product.terms_.clear();
  return product;
}

Dim Dim::operator/(int64_t divisor) const {
  if (divisor == -1) return *this * -1;
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

Dim Dim::scaled_up(int64_t factor, int64_t divisor, int64_t multiple) const {
  const auto scale = [&](int64_t value) {
    const int64_t step = checked_multiply(divisor, multiple);
    return checked_add(checked_multiply(value, factor), step - 1) / step * multiple;
  };
  Dim out = *this;
  out.constant_ = scale(constant_);
  for (Term& term : out.terms_) term.coefficient = scale(term.coefficient);
  return out;
}

void Dim::add_symbols(std::set<std::string>& out) const {
  for (const Term& term : terms_) out.insert(term.symbol);
}

Dim Dim::upper_bound(const Dim& a, const Dim& b) {
  Dim out = std::max(a.constant_, b.constant_);
  std::set<std::string> symbols;
  a.add_symbols(symbols);
  b.add_symbols(symbols);
  for (const std::string& symbol : symbols) {
    const auto of = [&](const Dim& dim) {
      const auto own = std::ranges::find(dim.terms_, symbol, &Term::symbol);
      return own == dim.terms_.end() ? 0 : own->coefficient;
    };
    const int64_t greater = std::max(of(a), of(b));
    if (greater != 0) out.terms_.push_back({symbol, greater});
  }
  return out;
}

Json to_json(const Dim& dim) {
  if (const auto value = dim.constant()) return *value;
  return dim.to_string();
}

void read_json(const Json& json, Dim& out) {
  out = json.is_string() ? Dim::parse(json.as_string()) : Dim(json.as_integer());
}

}  // namespace lathe
