// Softmax cross-entropy in double precision: the series of numeric/elementary.ts, the sums of engine/reference/loss.ts.
#pragma once
#include <cmath>
#include "plan.h"

namespace VARIANT {

// exp(x) for x ≤ 0.
inline double exp64(double x) {
  constexpr double LN2 = 0.6931471805599453;
  if (!(x > -700)) return x != x ? x : 0;
  const double k = std::floor(x / LN2 + 0.5);
  const double r = x - k * LN2;
  double sum = 1;
  for (int n = 14; n >= 1; n--) sum = 1 + (r / n) * sum;
  double power = 1;
  for (double i = k; i < 0; i++) power *= 0.5;
  return sum * power;
}

// ln x for normal x > 0.
inline double ln64(double x) {
  constexpr double LN2 = 0.6931471805599453, SQRT2 = 1.4142135623730951, SQRT1_2 = 0.7071067811865476;
  double m = x;
  int k = 0;
  for (; m >= SQRT2; k++) m *= 0.5;
  for (; m < SQRT1_2; k--) m *= 2;
  const double s = (m - 1) / (m + 1), square = s * s;
  double sum = 0;
  for (int n = 25; n >= 1; n -= 2) sum = sum * square + 1.0 / n;
  return k * LN2 + 2 * s * sum;
}

// −w ln softmax(logits)[label], and its gradient divided by the number of sessions.
inline double cross_entropy(int classes, const float* logits, int label, const double* class_weights, int among,
                            float* gradient) {
  float top = logits[0];
  for (int c = 1; c < classes; c++) top = logits[c] > top ? logits[c] : top;
  double sum = 0;
  for (int c = 0; c < classes; c++) sum += exp64((double)logits[c] - top);
  const double weight = class_weights ? class_weights[label] : 1;
  for (int c = 0; c < classes; c++)
    gradient[c] = (float)((weight * (exp64((double)logits[c] - top) / sum - (c == label ? 1 : 0))) / among);
  return weight * (ln64(sum) - ((double)logits[label] - top));
}

}  // namespace VARIANT
