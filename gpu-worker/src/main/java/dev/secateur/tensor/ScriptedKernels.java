package dev.secateur.tensor;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.ScriptModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** Runs the methods of the TorchScript module in kernels.py beside this class. */
abstract class ScriptedKernels {
  private static final String CODE = "kernels.py";

  private static final class Loaded {
    private static final ScriptModule MODULE = load();
  }

  private static ScriptModule load() {
    Engine.getInstance();
    try (InputStream code = ScriptedKernels.class.getResourceAsStream(CODE)) {
      String text = new String(code.readAllBytes(), StandardCharsets.UTF_8);
      return ScriptModule.load(ScriptArchive.of("Kernels", text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs a method that returns one array, which belongs to the scope.
   *
   * @throws KernelException when libtorch refuses it
   * @throws IllegalArgumentException when an array lies on another device than the scope's
   */
  final NDArray run(NDManager scope, String method, Object... arguments) {
    Placement.check(scope, method, arguments);
    return moved(scope, method, arguments);
  }

  /** As {@link #run}, of a method whose result may lie on another device than its operands. */
  final NDArray moved(NDManager scope, String method, Object... arguments) {
    try {
      return Placement.made(Loaded.MODULE.tensor((PtNDManager) scope, method, arguments));
    } catch (EngineException e) {
      throw KernelException.of(e, method, arguments);
    }
  }

  /** As {@link #run}, of a method that returns a list. */
  final List<NDArray> runAll(NDManager scope, String method, Object... arguments) {
    Placement.check(scope, method, arguments);
    try {
      return Stream.<NDArray>of(Loaded.MODULE.tensors((PtNDManager) scope, method, arguments))
          .map(Placement::made)
          .toList();
    } catch (EngineException e) {
      throw KernelException.of(e, method, arguments);
    }
  }

  /** As {@link #run}, of a method that changes its target and returns it. */
  final void inPlace(NDArray target, String method, Object... arguments) {
    try (NDManager local = target.getManager().newSubManager()) {
      run(local, method, arguments);
    }
  }
}
