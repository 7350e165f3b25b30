package dev.secateur.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.secateur.protocol.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is installed from where; whether it computes is tried elsewhere. */
class InstallationTest {
  private static final Installation.Trial WELL = natives -> {};
  private static final String NATIVE = "cu128/linux-x86_64/native/lib/";

  @TempDir Path folder;
  private final List<String> talk = new ArrayList<>();
  private final Map<String, byte[]> served = new TreeMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private int cuts;
  private HttpServer server;
  private RememberedNatives remembered;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    remembered = new RememberedNatives(folder.resolve("work"));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String range = exchange.getRequestHeaders().getFirst("Range");
      requests.add(path + (range == null ? "" : " " + range));
      byte[] content = served.get(path);
      if (content == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
      byte[] rest = Arrays.copyOfRange(content, from, content.length);
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, rest.length);
      OutputStream body = exchange.getResponseBody();
      if (cuts > 0 && path.endsWith(".gz")) {
        cuts--;
        body.write(rest, 0, rest.length / 2);
        body.flush();
        throw new IOException("the connection is cut");
      }
      body.write(rest);
    }
  }

  private Installation installation(String... cuda) {
    URI here = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    return installation(here.resolve("/djl"), here.resolve("/maven"), cuda);
  }

  private Installation installation(URI djl, URI maven, String... cuda) {
    return new Installation(
        remembered,
        new UsualPlaces(Map.of("VIRTUAL_ENV", folder + "/venv"), folder, folder.resolve("root")),
        Stream.of(cuda).map(folder::resolve).toList(),
        new Repositories(djl, maven),
        talk::add,
        (file, done, all) -> {});
  }

  private static byte[] packed(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream packing = new GZIPOutputStream(bytes)) {
      packing.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private void publish(String... libraries) throws IOException {
    StringBuilder index = new StringBuilder("cpu/linux-x86_64/native/lib/libtorch.so.gz\n");
    for (String library : libraries) {
      index.append(NATIVE).append(library).append(".gz\n");
      served.put("/djl/2.7.1/" + NATIVE + library + ".gz", packed("this is " + library));
    }
    served.put("/djl/2.7.1/files.txt", index.toString().getBytes(StandardCharsets.UTF_8));
  }

  private Path jar(String version, String... libraries) throws IOException {
    Path file = folder.resolve("torch.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("META-INF/maven/org.bytedeco/pytorch/pom.properties"));
      zip.write(("version=" + version + "\n").getBytes(StandardCharsets.UTF_8));
      for (String library : libraries) {
        zip.putNextEntry(new ZipEntry("org/bytedeco/pytorch/linux-x86_64-gpu/" + library));
        zip.write(library.getBytes(StandardCharsets.UTF_8));
      }
    }
    return file;
  }

  private Path cudaLibraries() throws IOException {
    Path cuda = Files.createDirectories(folder.resolve("cuda"));
    for (String name :
        ("libcublas.so.12 libcublasLt.so.12 libcudnn.so.9 libcudnn_ops.so.9 libcusparse.so.12"
                + " libopenblas.so.0 libcudart.so.12 libcupti.so.12 libcufft.so.11 libcufile.so.0"
                + " libcurand.so.10")
            .split(" ")) {
      Files.writeString(cuda.resolve(name), name);
    }
    return cuda;
  }

  private void isRefused(Installation with, Path from, String... said) {
    assertThatThrownBy(() -> with.install(Optional.ofNullable(from), Flavor.CU128, WELL))
        .isInstanceOf(InputException.class)
        .message()
        .hasLineCount(1)
        .contains(said);
  }

  @Test
  void takesTheFirstInstallationThatFits() throws Exception {
    FakeTorch.python(folder.resolve("venv"), "2.11.0", "12.8");
    Path library = FakeTorch.python(folder.resolve("root/opt/ours"), "2.7.1+cu128", "12.8");
    Files.writeString(library.resolve("libcudart-1234.so.12"), "the runtime");
    Natives natives = installation().install(Optional.empty(), Flavor.CU128, WELL);
    assertThat(natives.library()).isEqualTo(library);
    assertThat(remembered.read()).contains(natives);
    assertThat(natives.properties())
        .containsEntry("PYTORCH_LIBRARY_PATH", library.toString())
        .containsEntry("PYTORCH_VERSION", "2.7.1")
        .containsEntry("PYTORCH_FLAVOR", "cu128");
    assertThat(Path.of(natives.properties().get("jna.library.path"), "libcudart.so"))
        .hasContent("the runtime");
    assertThat(talk).anyMatch(line -> line.startsWith("not used") && line.contains("2.11.0"));
    assertThat(requests).isEmpty();
  }

  @Test
  void takesTheRootOfAnInstallation() throws Exception {
    Path library = FakeTorch.python(folder.resolve("elsewhere"), "2.7.1", "12.6");
    Natives natives =
        installation().install(Optional.of(folder.resolve("elsewhere")), Flavor.CU128, WELL);
    assertThat(natives.library()).isEqualTo(library);
  }

  @Test
  void namesTheFolderItselfWhereALinkIsFound() throws Exception {
    Path library = FakeTorch.python(folder.resolve("venv"), "2.7.1", "12.8");
    Path real = Files.move(library, folder.resolve("real"));
    Files.createSymbolicLink(library, real);
    assertThat(installation().install(Optional.empty(), Flavor.CU128, WELL).library())
        .isEqualTo(real);
  }

  @Test
  void whatDoesNotWorkLeavesWhatWasRemembered() throws Exception {
    Path first = FakeTorch.python(folder.resolve("first"), "2.7.1", "12.8");
    Natives before = installation().install(Optional.of(first), Flavor.CU128, WELL);
    Path second = FakeTorch.python(folder.resolve("second"), "2.7.1", "12.8");
    Files.writeString(second.resolve("libcudart.so.12"), "a runtime");
    Installation.Trial badly =
        natives -> {
          throw new InputException("it does not compute");
        };
    assertThatThrownBy(() -> installation().install(Optional.of(second), Flavor.CU128, badly))
        .hasMessage("it does not compute");
    assertThat(remembered.read()).contains(before);
    assertThat(remembered.folder()).isDirectoryNotContaining("glob:**/cudart");
    isRefused(installation(), FakeTorch.python(folder.resolve("new"), "2.11.0", "12.8"), "2.11.0");
    isRefused(installation(), folder.resolve("nowhere"), "nowhere", "neither a jar nor a folder");
    assertThat(remembered.read()).contains(before);
  }

  @Test
  void unpacksAJarAndLinksWhatItLacks() throws Exception {
    cudaLibraries();
    Path jar = jar("2.7.1-1.5.12", "libtorch.so", "libtorch_cuda.so", "libjnitorch.so");
    Natives natives = installation("cuda").install(Optional.of(jar), Flavor.CU128, WELL);
    assertThat(natives.library())
        .isDirectoryContaining("glob:**/libtorch.so")
        .isDirectoryContaining("glob:**/libcudnn_ops.so.9")
        .isDirectoryNotContaining("glob:**/libjni*");
    assertThat(natives.cudart().orElseThrow().resolve("libcudart.so"))
        .hasContent("libcudart.so.12");
    remembered.remove();
    assertThat(natives.isThere()).isFalse();
  }

  @Test
  void refusesAJarOfAnotherVersionOrWhatItNeedsIsMissing() throws Exception {
    isRefused(installation(), jar("2.10.0-1.5.13", "libtorch.so", "libtorch_cuda.so"), "2.10.0");
    isRefused(
        installation(),
        jar("2.7.1-1.5.12", "libtorch.so", "libtorch_cuda.so"),
        "libcublas.so.12",
        "--cuda DIR");
    isRefused(installation(), jar("2.7.1-1.5.12", "libother.so"), "holds no libtorch.so");
    isRefused(installation(), Files.writeString(folder.resolve("bad.jar"), "text"), "is not a jar");
    try (Stream<Path> left = Files.list(remembered.folder())) {
      assertThat(left).extracting(each -> each.getFileName().toString()).containsExactly(".lock");
    }
  }

  @Test
  void downloadsFromDjlResumesAndCleansUp() throws Exception {
    publish("libtorch.so", "libtorch_cuda.so", "libcudart-ab.so.12");
    cuts = 1;
    Natives natives = installation().install(Optional.empty(), Flavor.CU128, WELL);
    assertThat(natives.library().resolve("libtorch_cuda.so"))
        .hasContent("this is libtorch_cuda.so");
    assertThat(natives.cudart().orElseThrow().resolve("libcudart.so"))
        .hasContent("this is libcudart-ab.so.12");
    assertThat(requests).filteredOn(line -> line.contains("bytes=")).hasSize(1);
    assertThat(remembered.folder().resolve("downloads")).doesNotExist();
  }

  @Test
  void keepsWhatWasDownloadedWhereTheWorkFolderIsALink() throws Exception {
    publish("libtorch.so", "libtorch_cuda.so", "libcudart.so.12");
    Files.createDirectories(folder.resolve("disk"));
    Files.createSymbolicLink(folder.resolve("work"), folder.resolve("disk"));
    Natives natives = installation().install(Optional.empty(), Flavor.CU128, WELL);
    assertThat(natives.isThere()).isTrue();
    assertThat(natives.cudart().orElseThrow().resolve("libcudart.so")).exists();
  }

  @Test
  void anotherInstallationTakesThePlaceOfADownloadedOne() throws Exception {
    publish("libtorch.so", "libtorch_cuda.so");
    Natives first = installation().install(Optional.empty(), Flavor.CU128, WELL);
    Path python = FakeTorch.python(folder.resolve("venv"), "2.7.1", "12.8");
    installation().install(Optional.of(python), Flavor.CU128, WELL);
    assertThat(first.library()).doesNotExist();
    assertThat(python).exists();
  }

  @Test
  void mavenCentralIsNextWhereTheMachineHasTheRestOfCuda() throws Exception {
    isRefused(installation(), null, "Maven Central needs libcublas.so.12", "--cuda DIR");
    cudaLibraries();
    served.put(
        "/maven/org/bytedeco/pytorch/2.7.1-1.5.12/pytorch-2.7.1-1.5.12-linux-x86_64-gpu.jar",
        "not what it should be".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> installation("cuda").install(Optional.empty(), Flavor.CU128, WELL))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not have the SHA-256 ae03b1a1");
    assertThat(remembered.folder().resolve("downloads")).isEmptyDirectory();
  }

  @Test
  void saysInOneSentenceWhatToDoWithoutANetwork() {
    server.stop(0);
    isRefused(installation(), null, "can be reached", "--from", "torch/lib of Python's torch");
  }
}
