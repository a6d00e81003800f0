// What a variant offers to the binding: one table of functions on checked arguments.
#pragma once
#include <cstddef>
#include <cstdint>
#include "thread_pool.h"

enum class Activation : int { tanh = 0, relu = 1 };
enum class Score : int { linear = 0, tanh = 1 };

// Recurrent steps as a forest, level by level (kernels.ts: Tree). N nodes, S sequences.
struct Tree {
  int levels, nodes, sequences;
  const uint32_t* level_start;  // [levels + 1]
  const uint32_t* parent;       // [N]
  const uint32_t* child_start;  // [N + 1]
  const uint32_t* input;        // [N] row of the input
  const uint32_t* order;        // [S] sequence at each place of the sorted order
  const uint32_t* leaf;         // [S] last node of each place
  const uint32_t* length;       // [S] nodes on the path of each place
  const uint32_t* first;        // [N] places through the node: first … last − 1
  const uint32_t* last;
};

// What callers have to know of a recurrent cell. H units.
struct CellShape {
  int gates;         // G: blocks of H columns of its weights
  int saved;         // K: blocks of H numbers that a node saves
  bool bias;         // whether there is a bias in the recurrent part
  bool reads_saved;  // whether a node reads what its parent saved, so that inference has to save, too
};

struct Recurrent {
  int cell;
  int units;
  int input_rows;
  const float* input;           // [rows, G·H]
  const float* recurrent;       // [H, G·H]
  const float* recurrent_bias;  // [H], where the cell has one
  float* hidden;                // [N, H]
  float* saved;                 // [N, K·H] or null in inference
  float* d_hidden;              // [N, H]
  bool dense;                   // whether d_hidden holds a gradient from outside
  int steps;                    // what attention adds to it: 0 for nothing
  const float* weight;          // [S, steps]
  const float* d_out;           // [S, H]
  const float* d_score;         // [N] or null
  const float* score_weight;    // [H] or null
  float* d_input;               // [rows, G·H]
  float* d_recurrent;           // [H, G·H]
  float* d_recurrent_bias;      // [H]
};

struct Kernels {
  const char* variant;
  int cells;
  const CellShape& (*shape_of)(int cell);
  void (*recurrent_forward)(ThreadPool&, const Tree&, const Recurrent&);
  void (*recurrent_backward)(ThreadPool&, const Tree&, const Recurrent&);
  void (*linear)(ThreadPool&, int rows, int in, int out, const float* x, const float* w, const float* bias, float* y);
  void (*linear_backward)(ThreadPool&, int rows, int in, int out, const float* x, const float* w, const float* dy, float* dx,
                          float* dw, float* db);
  void (*activate)(ThreadPool&, Activation, size_t n, const float* x, float* y);
  void (*activate_backward)(ThreadPool&, Activation, size_t n, const float* y, const float* dy, float* dx);
  void (*add_row)(ThreadPool&, int rows, int columns, const float* x, const float* row, float* y);
  void (*column_sums)(ThreadPool&, int rows, int columns, const float* x, float* out);
  void (*scores)(ThreadPool&, Score, int rows, int columns, float scale, const float* x, const float* w, const float* bias,
                 float* score);
  void (*scores_backward)(ThreadPool&, Score, int rows, int columns, float scale, const float* x, const float* w,
                          const float* score, float* d_score, float* dx, float* dw, float* db);
  void (*pool_forward)(ThreadPool&, const Tree&, int units, int steps, const float* hidden, const float* score, float* weight,
                       float* out);
  void (*pool_backward)(ThreadPool&, const Tree&, int units, int steps, const float* hidden, const float* weight,
                        const float* d_out, float* d_path, float* d_score);
  double (*sum_of_squares)(size_t n, const float* x);
  void (*adam)(ThreadPool&, size_t n, float* p, const float* g, float* m, float* v, float scale, float beta1, float beta2,
               float epsilon, float rate, float correction);
  double (*peak_gflops)();
};
