package dev.secateur.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.secateur.protocol.Precision;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelsTest {
  private final Kernels kernels = Kernels.get();
  private NDManager scope;

  @BeforeEach
  void open() {
    scope = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void whatLibtorchRefusesIsOneLineWithTheOperationAndItsShapes() {
    NDArray x = kernels.zeros(scope, 1, 64, 512);
    NDArray weight = kernels.zeros(scope, 8, 8);
    assertThatThrownBy(() -> kernels.linear(scope, x, weight))
        .isInstanceOf(KernelException.class)
        .hasMessage(
            "mat1 and mat2 shapes cannot be multiplied (64x512 and 8x8) in linear of (1, 64, 512)"
                + " and (8, 8)");
    assertThatThrownBy(() -> kernels.grad(scope, x, x, List.of(weight)))
        .isInstanceOf(KernelException.class)
        .hasMessageEndingWith(" in grad of (1, 64, 512), (1, 64, 512) and (8, 8)")
        .hasMessageNotContaining("Traceback");
    NDArray ids = scope.create(new long[] {1, 9}, new Shape(1, 2));
    assertThatThrownBy(() -> kernels.embedding(scope, ids, weight))
        .hasMessage("index out of range in self in embedding of (1, 2) and (8, 8)");
  }

  @Test
  void theEndOfMemoryIsKnownByWhatTheKernelSays() {
    assertThatThrownBy(() -> kernels.zeros(scope, 1L << 30, 1L << 20))
        .isInstanceOf(KernelException.class)
        .matches(DeviceMemory::isExhausted)
        .hasMessageNotContaining("Traceback");
    RuntimeException gpu =
        KernelException.of(
            new EngineException(
                "The following operation failed in the TorchScript interpreter.\n"
                    + "Traceback of TorchScript (most recent call last):\n  File \"k\", line 1\n"
                    + "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB\n"),
            "linear",
            kernels.ones(scope));
    assertThat(gpu).hasMessage("CUDA out of memory. Tried to allocate 2.00 GiB in linear of ()");
    assertThat(DeviceMemory.isExhausted(gpu)).isTrue();
    for (String said :
        List.of("std::bad_alloc", "Cannot allocate memory", "CUBLAS_STATUS_ALLOC_FAILED")) {
      assertThat(DeviceMemory.isExhausted(new EngineException(said))).as(said).isTrue();
    }
    assertThat(DeviceMemory.isExhausted(new OutOfMemoryError("Java heap space"))).isFalse();
  }

  @Test
  void gradientOfALinearLayerIsItsWeight() {
    NDArray weight = scope.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3)).duplicate();
    try (GradMode mode = GradMode.recording()) {
      NDArray x = kernels.leaf(scope, scope.create(new float[] {1, 1, 1}, new Shape(1, 3)));
      NDArray y = kernels.linear(scope, x, weight);
      NDArray seed = scope.create(new float[] {1, 10}, new Shape(1, 2));
      assertThat(kernels.grad(scope, y, seed, List.of(x)).get(0).toFloatArray())
          .containsExactly(41, 52, 63);
    }
  }

  @Test
  void aMissingGradientIsEmptyAndNeverZero() {
    try (GradMode mode = GradMode.recording()) {
      NDArray x = kernels.leaf(scope, scope.create(new float[] {1, 2}));
      NDArray unused = kernels.leaf(scope, scope.create(new float[] {1, 2}));
      NDArray y = kernels.scale(scope, x, 2);
      List<NDArray> gradients =
          kernels.grad(scope, y, scope.create(new float[] {1, 1}), List.of(x, unused));
      assertThat(gradients.get(0).toFloatArray()).containsExactly(2, 2);
      assertThat(gradients.get(1).size()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.05, 0.5, 0.9, 0.99})
  void whatDropoutKeepsIsAHashOfSeedAndPosition(double probability) {
    long seed = -123_456_789_012_345L;
    int half = 100_852; // more than are hashed at once
    boolean[] kept =
        kernels.kept(scope, scope.ones(new Shape(401, 503)), probability, seed).toBooleanArray();
    boolean[] expected = new boolean[2 * half - 1];
    for (int i = 0; i < expected.length; i++) {
      long hash = (seed + i % half) * 0x9E3779B97F4A7C15L;
      hash = (hash ^ hash >>> 30) * 0xBF58476D1CE4E5B9L;
      hash = (hash ^ hash >>> 27) * 0x94D049BB133111EBL;
      hash ^= hash >>> 31;
      int bits = (int) (i < half ? hash >>> 32 : hash);
      double uniform = ((long) bits - Integer.MIN_VALUE) / 0x1p32;
      expected[i] = uniform >= probability;
    }
    assertThat(kept).isEqualTo(expected);
  }

  @Test
  void dropoutKeepsTheAskedShare() {
    NDArray ones = scope.ones(new Shape(400, 250));
    boolean[] kept = kernels.kept(scope, ones, 0.25, 7).toBooleanArray();
    int[] counts = new int[4]; // by what is kept of two that share a hash
    for (int i = 0; i < 50_000; i++) {
      counts[(kept[i] ? 1 : 0) + (kept[i + 50_000] ? 2 : 0)]++;
    }
    assertThat(counts[0] / 50_000.0).isCloseTo(0.0625, within(0.005));
    assertThat(counts[1] / 50_000.0).isCloseTo(0.1875, within(0.005));
    assertThat(counts[2] / 50_000.0).isCloseTo(0.1875, within(0.005));
    assertThat(kernels.kept(scope, ones, 0.25, 7).toBooleanArray()).isEqualTo(kept);
    assertThat(kernels.kept(scope, ones, 0.25, 8).toBooleanArray()).isNotEqualTo(kept);
  }

  /** As Gemma's own code: 1.0 + weight in float32, whatever the weight is stored in. */
  @Test
  void aShiftedNormAddsItsShiftInFloat32() {
    StorageKernels storage = StorageKernels.get();
    NDArray x = storage.cast(scope, scope.ones(new Shape(1, 2)), Precision.BFLOAT16);
    NDArray weight = scope.create(new float[] {0, 0x1p-9f}, new Shape(2));
    NDArray half = storage.cast(scope, weight, Precision.BFLOAT16); // there 1 + 2^-9 is 1
    double normal = 0.5 * (1 + 0x1p-8) * (1 - 0x1p-11); // a little below where bfloat16 rounds up
    NDArray normed = kernels.rmsNorm(scope, x, half, 1 / (normal * normal) - 1, 1);
    assertThat(kernels.float32(scope, normed).toFloatArray())
        .containsExactly(0.5f, 0.5f * (1 + 0x1p-7f));
  }

  /** In float64 by plain Java, in both precisions of the straight path. */
  @Test
  void aLowRankPathIsAddedInItsOwnPrecision() {
    float[] x = {1, -2, 0.5f, 3, 0.25f, -1};
    float[] a = {0.5f, 1, -1, 2, 0, 1};
    float[] b = {1, 2, -1, 0.5f};
    float[] straight = {10, 20, 30, 40};
    NDArray inputs = scope.create(x, new Shape(1, 2, 3));
    NDArray narrow = scope.create(a, new Shape(2, 3));
    NDArray wide = scope.create(b, new Shape(2, 2));
    NDArray beside = scope.create(straight, new Shape(1, 2, 2));
    float[] expected = new float[4];
    for (int row = 0; row < 2; row++) {
      for (int out = 0; out < 2; out++) {
        double path = 0;
        for (int rank = 0; rank < 2; rank++) {
          double down = 0;
          for (int in = 0; in < 3; in++) {
            down += x[row * 3 + in] * a[rank * 3 + in];
          }
          path += down * b[out * 2 + rank];
        }
        expected[row * 2 + out] = (float) (straight[row * 2 + out] + 1.5 * path);
      }
    }
    NDArray half = StorageKernels.get().cast(scope, beside, Precision.BFLOAT16);
    assertThat(kernels.addLowRank(scope, beside, inputs, narrow, wide, 1.5).toFloatArray())
        .containsExactly(expected);
    NDArray mixed =
        kernels.addLowRank(
            scope,
            half,
            StorageKernels.get().cast(scope, inputs, Precision.BFLOAT16),
            narrow,
            wide,
            1.5);
    assertThat(mixed.getDataType()).isEqualTo(half.getDataType());
    assertThat(kernels.float32(scope, mixed).toFloatArray())
        .containsExactly(expected, within(0.25f));
  }

  @Test
  void unitSumsFollowTheStridesOfAUnit() {
    NDArray x = scope.arange(12).reshape(6, 2).toType(ai.djl.ndarray.types.DataType.FLOAT32, true);
    // rows 0,1 and 4,5.. of three units of inner width 2: (0,1), (2,3), (4,5)
    assertThat(kernels.unitSums(scope, x, new UnitRun(0, 0, 1, 3, 2)).toDoubleArray())
        .containsExactly(6, 22, 38);
    // outer 2, units 3, inner 1: rows (0,3), (1,4), (2,5)
    assertThat(kernels.unitSums(scope, x, new UnitRun(0, 0, 2, 3, 1)).toDoubleArray())
        .containsExactly(14, 22, 30);
    assertThat(kernels.unitSums(scope, x, new UnitRun(1, 0, 1, 2, 1)).toDoubleArray())
        .containsExactly(30, 36);
  }
}
