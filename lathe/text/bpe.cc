// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/bpe.h"

#include <algorithm>
#include <queue>
#include <string>

#include "lathe/text/utf8.h"

namespace lathe::text {
namespace {

constexpr int32_t kEnd = -1;
constexpr int32_t kMerged = -1;  // the id of a symbol that went into its left neighbour

// Symbols of a word as a doubly linked list, and the merges that were possible when they were
// found. One that has become impossible is recognised by its ids when its turn comes.
class Merger {
 public:
  Merger(const MergeTable& merges, const std::vector<int32_t>& ids) : merges_(merges) {
    const auto n = static_cast<int32_t>(ids.size());
    symbols_.reserve(ids.size());
    for (int32_t i = 0; i < n; ++i) {
      symbols_.push_back({ids[static_cast<size_t>(i)], i - 1, i + 1 < n ? i + 1 : kEnd});
    }
    for (int32_t i = 0; i + 1 < n; ++i) propose(i);
  }

  void run() {
    while (!candidates_.empty()) {
      const Candidate candidate = candidates_.top();
      candidates_.pop();
      apply(candidate);
    }
  }

  void collect(std::vector<int32_t>& out) const {
    out.clear();
    for (int32_t i = 0; i != kEnd; i = at(i).next) out.push_back(at(i).id);
  }

 private:
  struct Symbol {
    int32_t id, previous, next;
  };
  struct Candidate {
    int32_t rank, position;  // of the left symbol
    int32_t left, right, merged;
    bool operator<(const Candidate& other) const {  // the greatest comes first in a queue
      return rank != other.rank ? rank > other.rank : position > other.position;
    }
  };

  const Symbol& at(int32_t i) const { return symbols_[static_cast<size_t>(i)]; }
  Symbol& at(int32_t i) { return symbols_[static_cast<size_t>(i)]; }

  void propose(int32_t left) {
    if (left == kEnd || at(left).next == kEnd) return;
    const int32_t a = at(left).id;
    const int32_t b = at(at(left).next).id;
    const Merge* merge = merges_.find(a, b);
    if (merge != nullptr) candidates_.push({merge->rank, left, a, b, merge->id});
  }

  void apply(const Candidate& candidate) {
    Symbol& left = at(candidate.position);
    if (left.id != candidate.left || left.next == kEnd) return;
    Symbol& right = at(left.next);
    if (right.id != candidate.right) return;
    left.id = candidate.merged;
    right.id = kMerged;
    left.next = right.next;
    if (left.next != kEnd) at(left.next).previous = candidate.position;
    propose(left.previous);
    propose(candidate.position);
  }

  const MergeTable& merges_;
  std::vector<Symbol> symbols_;
  std::priority_queue<Candidate> candidates_;
};

}  // namespace

Bpe::Bpe(const Vocabulary& vocabulary, MergeTable merges, BpeOptions options)
    : vocabulary_(&vocabulary), merges_(std::move(merges)), options_(options) {
  for (size_t code = 0; code < common_.size(); ++code) {
    std::string character;
    append_utf8(character, static_cast<char32_t>(code));
    common_[code] = vocabulary.find(character).value_or(kNone);
  }
  for (size_t byte = 0; byte < bytes_.size(); ++byte) {
    bytes_[byte] = vocabulary.find(token_of_byte(static_cast<uint8_t>(byte))).value_or(kNone);
  }
}

void Bpe::encode(std::string_view word, std::vector<int32_t>& out) const {
  if (options_.ignore_merges) {
    if (const auto id = vocabulary_->find(word)) return out.push_back(*id);
  }
  std::vector<int32_t> ids = characters(word);
  merge(ids);
  out.insert(out.end(), ids.begin(), ids.end());
}

std::optional<int32_t> Bpe::find_character(std::string_view character, char32_t code) const {
  if (code >= common_.size()) return vocabulary_->find(character);
  const int32_t id = common_[code];
  return id == kNone ? std::nullopt : std::optional(id);
}

bool Bpe::append_bytes(std::string_view character, std::vector<int32_t>& out) const {
  const auto id_of = [&](char byte) { return bytes_[static_cast<uint8_t>(byte)]; };
  if (std::ranges::any_of(character, [&](char byte) { return id_of(byte) == kNone; })) return false;
  for (const char byte : character) out.push_back(id_of(byte));
  return true;
}

std::vector<int32_t> Bpe::characters(std::string_view word) const {
  std::vector<int32_t> out;
  out.reserve(word.size());
  bool unknown_waits = false;  // written when the next known character shows where the run ends
  const auto flush = [&] {
    if (unknown_waits) out.push_back(*options_.unknown_id);
    unknown_waits = false;
  };
  while (!word.empty()) {
    const Utf8Step step = read_utf8(word);
    const std::string_view character = word.substr(0, step.bytes);
    word.remove_prefix(step.bytes);
    if (const auto id = find_character(character, step.code)) {
      flush();
      out.push_back(*id);
    } else if (options_.byte_fallback && append_bytes(character, out)) {
      continue;
    } else if (options_.unknown_id) {
      if (!options_.fuse_unknown) flush();
      unknown_waits = true;
    }
  }
  flush();
  return out;
}

void Bpe::merge(std::vector<int32_t>& ids) const {
  if (ids.size() < 2) return;
  Merger merger(merges_, ids);
  merger.run();
  merger.collect(ids);
}

}  // namespace lathe::text
