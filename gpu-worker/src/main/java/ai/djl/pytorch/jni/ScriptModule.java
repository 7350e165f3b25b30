package ai.djl.pytorch.jni;

import ai.djl.Device;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A loaded TorchScript module whose methods are run with autograd as the calling thread has it. */
public final class ScriptModule {
  private final long handle;

  private ScriptModule(long handle) {
    this.handle = handle;
  }

  /**
   * Loads a module. The engine must have been started before.
   *
   * @param archive the bytes of a TorchScript archive
   * @throws UncheckedIOException when the native side can't read it
   */
  public static ScriptModule load(byte[] archive) {
    try {
      return new ScriptModule(
          JniUtils.loadModuleHandle(new ByteArrayInputStream(archive), Device.cpu(), false, false));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a method that returns one tensor; the result belongs to {@code scope}. */
  public PtNDArray tensor(PtNDManager scope, String method, Object... arguments) {
    try (IValue result = run(method, arguments)) {
      return result.toTensor(scope);
    }
  }

  /** Runs a method that returns a list of tensors; they belong to {@code scope}. */
  public PtNDArray[] tensors(PtNDManager scope, String method, Object... arguments) {
    try (IValue result = run(method, arguments)) {
      return result.toTensorArray(scope);
    }
  }

  private IValue run(String method, Object... arguments) {
    IValue[] values = new IValue[arguments.length];
    long[] handles = new long[arguments.length];
    try {
      for (int i = 0; i < arguments.length; i++) {
        values[i] = value(arguments[i]);
        handles[i] = values[i].getHandle();
      }
      return new IValue(PyTorchLibrary.LIB.moduleRunMethod(handle, method, handles, true, false));
    } finally {
      for (IValue value : values) {
        if (value != null) {
          value.close();
        }
      }
    }
  }

  private static IValue value(Object argument) {
    if (argument instanceof PtNDArray tensor) {
      return IValue.from(tensor);
    } else if (argument instanceof PtNDArray[] tensors) {
      return IValue.listFrom(tensors);
    } else if (argument instanceof Long number) {
      return IValue.from(number.longValue());
    } else if (argument instanceof Double number) {
      return IValue.from(number.doubleValue());
    } else if (argument instanceof Boolean flag) {
      return IValue.from(flag.booleanValue());
    } else if (argument instanceof String text) {
      return IValue.from(text);
    } else if (argument instanceof long[] numbers) {
      return IValue.listFrom(numbers);
    }
    throw new IllegalArgumentException("no TorchScript value for " + argument.getClass().getName());
  }
}
