// Compiled once per variant (see build.mjs), with -DVARIANT=<namespace> and that variant's machine flags.
#include "network.h"
#include "optimizer.h"
#include "peak.h"

#define STRING_(x) #x
#define STRING(x) STRING_(x)
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

extern const Kernels JOIN(kernels_, VARIANT);
const Kernels JOIN(kernels_, VARIANT) = {
    STRING(VARIANT),        VARIANT::cell_count, VARIANT::shape_of,       VARIANT::pack_weights, VARIANT::forward,
    VARIANT::backward,      VARIANT::add,        VARIANT::sum_of_squares, VARIANT::adam,         VARIANT::peak_gflops,
};
