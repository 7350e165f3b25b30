package dev.secateur.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;

/**
 * Tests that the native library computes correctly: create, multiply, differentiate, compare. DJL's
 * native code also loads with a libtorch that it was not built for, and then computes wrong results
 * or crashes. So every computing process runs this first.
 */
public final class SelfTest {
  private SelfTest() {}

  /**
   * @throws IllegalStateException when the natives can't be loaded or give a wrong result
   */
  public static void run(Device device) {
    try (NDManager scope = NDManager.newBaseManager(device);
        GradMode mode = GradMode.recording()) {
      Kernels kernels = Kernels.get();
      NDArray weight = HostArrays.of(scope, new float[] {1, 2, 3, 4}, 2, 2);
      NDArray x = kernels.leaf(scope, HostArrays.of(scope, new float[] {5, 6}, 1, 2));
      NDArray y = kernels.linear(scope, x, weight);
      expect("product", kernels.detach(scope, y), 17, 39);
      NDArray square = kernels.mul(scope, y, y);
      NDArray seed = HostArrays.of(scope, new float[] {1, 1}, 1, 2);
      List<NDArray> gradients = kernels.grad(scope, square, seed, List.of(x));
      expect("gradient", gradients.get(0), 2 * (17 + 3 * 39), 2 * (2 * 17 + 4 * 39));
    } catch (LinkageError e) {
      throw new IllegalStateException("the native library can't be loaded: " + e.getMessage(), e);
    }
  }

  private static void expect(String what, NDArray found, float... expected) {
    float[] numbers = HostArrays.floats(found);
    if (!Arrays.equals(numbers, expected)) {
      throw new IllegalStateException(
          "the native library does not match: its "
              + what
              + " is "
              + Arrays.toString(numbers)
              + ", not "
              + Arrays.toString(expected));
    }
  }
}
