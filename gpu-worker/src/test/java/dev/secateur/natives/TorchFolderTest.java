package dev.secateur.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TorchFolderTest {
  @TempDir Path folder;

  private static TorchFolder found(Path at) throws IOException {
    return TorchFolder.in(at).orElseThrow();
  }

  @Test
  void readsVersionAndCudaFromPythonsPackageWithoutRunningIt() throws Exception {
    TorchFolder torch = found(FakeTorch.python(folder, "2.7.1+cu128", "12.8"));
    assertThat(torch.version().torch()).contains("2.7.1+cu128");
    assertThat(torch.version().cuda()).contains("12.8");
    assertThat(torch.hasCuda()).isTrue();
    assertThat(torch.problem(Flavor.CU128)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"2.11.0+cu128, 12.8", "2.7.0, 12.6", "2.7.10, 12.8", "2.7.1a0, 12.8"})
  void refusesEveryOtherVersionAndSaysWhy(String version, String cuda) throws Exception {
    TorchFolder torch = found(FakeTorch.python(folder, version, cuda));
    assertThat(torch.problem(Flavor.CU128).orElseThrow())
        .contains("is libtorch " + version + ", but exactly this version is required: 2.7.1")
        .contains("DJL's native library is built for it");
  }

  @Test
  void takesAnyMinorVersionOfCuda12AndNoOther() throws Exception {
    assertThat(found(FakeTorch.python(folder, "2.7.1", "12.6")).problem(Flavor.CU128)).isEmpty();
    assertThat(found(FakeTorch.python(folder, "2.7.1", "11.8")).problem(Flavor.CU128).orElseThrow())
        .contains("is built for CUDA 11.8, but DJL's native library is linked with CUDA 12");
  }

  @Test
  void tellsOneOfTheCpuFromOneOfCuda() throws Exception {
    TorchFolder cpu = found(FakeTorch.python(folder.resolve("cpu"), "2.7.1+cpu", ""));
    assertThat(cpu.problem(Flavor.CPU)).isEmpty();
    assertThat(cpu.problem(Flavor.CU128).orElseThrow())
        .contains("no libtorch_cuda.so")
        .contains("pip install torch==2.7.1 --index-url https://download.pytorch.org/whl/cu128");
    TorchFolder cuda = found(FakeTorch.python(folder.resolve("cuda"), "2.7.1", "12.8"));
    assertThat(cuda.problem(Flavor.CPU).orElseThrow()).contains("--flavor cu128");
  }

  @Test
  void readsTheVersionOfLibtorchsOwnArchive() throws Exception {
    FakeTorch.libraries(folder.resolve("libtorch/lib"), true);
    Files.writeString(folder.resolve("libtorch/build-version"), "2.7.1+cu128\n");
    TorchFolder torch = found(folder.resolve("libtorch"));
    assertThat(torch.library()).isEqualTo(folder.resolve("libtorch/lib"));
    assertThat(torch.version().torch()).contains("2.7.1+cu128");
    assertThat(torch.version().cuda()).contains("12.8");
  }

  @Test
  void readsTheVersionOfAnUnpackedJar() throws Exception {
    Path library =
        FakeTorch.libraries(folder.resolve("org/bytedeco/pytorch/linux-x86_64-gpu"), true);
    Path description = folder.resolve("META-INF/maven/org.bytedeco/pytorch/pom.properties");
    Files.createDirectories(description.getParent());
    Files.writeString(description, "artifactId=pytorch\nversion=2.7.1-1.5.12\n");
    assertThat(found(library).version().torch()).contains("2.7.1");
  }

  @Test
  void readsTheVersionAmongTheLibrarysStrings() throws Exception {
    Path library = FakeTorch.libraries(folder, false);
    Path file = library.resolve("libtorch_cpu.so");
    Files.writeString(file, "\0x".repeat(999) + "GraphEncoder\0002.7.1\0Custom opset domain: '");
    assertThat(found(library).version().torch()).contains("2.7.1");
    Files.writeString(file, "GraphEncoder\0Custom opset domain: '");
    TorchFolder unknown = found(library);
    assertThat(unknown.version().torch()).isEmpty();
    assertThat(unknown.problem(Flavor.CPU).orElseThrow()).contains("of unknown version");
  }

  @Test
  void findsNothingInOtherFolders() throws Exception {
    assertThat(TorchFolder.in(folder)).isEqualTo(Optional.empty());
  }

  @Test
  void givesTheRuntimeOfAnInstallationItsPlainName() throws Exception {
    Path library = FakeTorch.python(folder, "2.7.1", "12.8");
    assertThat(CudaRuntime.beside(library)).isEmpty();
    Path runtime = library.resolve("../../nvidia/cuda_runtime/lib/libcudart.so.12").normalize();
    Files.createDirectories(runtime.getParent());
    Files.writeString(runtime, "of Python's package");
    Path links = CudaRuntime.link(CudaRuntime.beside(library).orElseThrow(), folder.resolve("a"));
    assertThat(links.resolve("libcudart.so")).hasContent("of Python's package");
    Files.writeString(library.resolve("libcudart-9335f6a2.so.12"), "its own");
    links = CudaRuntime.link(CudaRuntime.beside(library).orElseThrow(), folder.resolve("a"));
    assertThat(links.resolve("libcudart.so")).hasContent("its own");
  }
}
