// Compiled once per variant (see build.mjs), with -DVARIANT=<namespace> and that variant's machine flags.
#include "dense.h"
#include "peak.h"
#include "recurrent.h"

#define STRING_(x) #x
#define STRING(x) STRING_(x)
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

extern const Kernels JOIN(kernels_, VARIANT);
const Kernels JOIN(kernels_, VARIANT) = {
    STRING(VARIANT),
    VARIANT::cell_count,
    VARIANT::shape_of,
    VARIANT::recurrent_forward,
    VARIANT::recurrent_backward,
    VARIANT::linear,
    VARIANT::linear_backward,
    VARIANT::activate,
    VARIANT::activate_backward,
    VARIANT::add_row,
    VARIANT::column_sums,
    VARIANT::scores,
    VARIANT::scores_backward,
    VARIANT::pool_forward,
    VARIANT::pool_backward,
    VARIANT::sum_of_squares,
    VARIANT::adam,
    VARIANT::peak_gflops,
};
