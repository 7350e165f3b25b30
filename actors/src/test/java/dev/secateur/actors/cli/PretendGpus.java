package dev.secateur.actors.cli;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.utility.JavaModule;

/**
 * An agent of Java for processes of tests, of which the product knows nothing: they see two GPUs,
 * whose arrays lie in the host's memory. {@link #FAILING} fails amid its gradients as CUDA says it,
 * through the same exceptions as libtorch's, and so does whatever is computed on it from then on,
 * by any process, until it is mended.
 */
public final class PretendGpus {
  static final String FAILURE = "CUDA error: uncorrectable ECC error encountered";

  private static final Device FAILING = Device.gpu(1);

  /** Of a process, more than its self-test takes. */
  private static final int GRADIENTS = 5;

  private static final AtomicInteger TAKEN = new AtomicInteger();
  private static Path state;
  private static boolean failed;

  private PretendGpus() {}

  /**
   * The option of Java that has a process see them.
   *
   * @param folder where it is kept how the GPU is
   */
  static String option(Path folder) throws IOException {
    Path jar = folder.resolve("pretend-gpus.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", PretendGpus.class.getName());
    try (OutputStream out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
    return "-javaagent:" + jar + "=" + folder.resolve("gpu");
  }

  /** Whether the GPU has failed. */
  static boolean hasFailed(Path folder) {
    return Files.exists(folder.resolve("gpu"));
  }

  /** Has processes that start from now on compute on it. */
  static void mend(Path folder) throws IOException {
    Files.writeString(folder.resolve("gpu"), "mended");
  }

  /** Before the process' own main method. */
  public static void premain(String stateFile, Instrumentation instrumentation) {
    state = Path.of(stateFile);
    new AgentBuilder.Default()
        .type(named("ai.djl.engine.Engine"))
        .transform(
            (builder, type, loader, module, domain) ->
                builder.visit(Advice.to(Counting.class).on(named("getGpuCount"))))
        .type(named("ai.djl.pytorch.jni.ScriptModule"))
        .transform(
            (builder, type, loader, module, domain) ->
                builder.visit(Advice.to(Running.class).on(namedOneOf("tensor", "tensors"))))
        .with(new Complaints())
        .installOn(instrumentation);
  }

  /** A kernel is about to run: its arguments for a processor. */
  public static Object[] arguments(NDManager scope, String kernel, Object[] arguments) {
    if (scope.getDevice().equals(FAILING) && isFailing(kernel)) {
      throw new EngineException(
          "The following operation failed in the TorchScript interpreter.\n"
              + "Traceback of TorchScript (most recent call last):\nRuntimeError: "
              + FAILURE
              + "\nCUDA kernel errors might be asynchronously reported at some other API call");
    }
    return Arrays.stream(arguments)
        .map(
            argument ->
                argument instanceof String text && text.startsWith("cuda:")
                    ? "cpu"
                    : kernel.equals("to_device") && argument instanceof Boolean ? false : argument)
        .toArray();
  }

  private static synchronized boolean isFailing(String kernel) {
    try {
      boolean isThere = Files.exists(state);
      if (!isThere && kernel.equals("grad") && TAKEN.incrementAndGet() > GRADIENTS) {
        Files.writeString(state, "failed");
        isThere = true;
      }
      failed |= isThere && Files.readString(state).equals("failed");
      return failed;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of DJL's engine. */
  public static final class Counting {
    private Counting() {}

    @SuppressWarnings("UnusedVariable") // they are what the method returns and throws
    @Advice.OnMethodExit(onThrowable = Throwable.class)
    static void count(
        @Advice.Return(readOnly = false) int gpus,
        @Advice.Thrown(readOnly = false) Throwable thrown) {
      gpus = 2;
      thrown = null;
    }
  }

  /** Of what runs kernels. */
  public static final class Running {
    private Running() {}

    @Advice.OnMethodEnter
    static void run(
        @Advice.Argument(0) NDManager scope,
        @Advice.Argument(1) String kernel,
        @Advice.Argument(value = 2, readOnly = false) Object[] arguments) {
      arguments = PretendGpus.arguments(scope, kernel, arguments);
    }
  }

  private static final class Complaints extends AgentBuilder.Listener.Adapter {
    @Override
    public void onError(
        String type, ClassLoader loader, JavaModule module, boolean loaded, Throwable failure) {
      System.err.println("the agent of the test can't change " + type + ": " + failure);
    }
  }
}
