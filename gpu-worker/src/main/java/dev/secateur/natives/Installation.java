package dev.secateur.natives;

import dev.secateur.protocol.InputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Installs a libtorch: uses one that exists, or downloads it; tests it; and remembers it only then.
 * A failure leaves the remembered one unchanged.
 *
 * @param cuda folders of CUDA's libraries beside the usual ones
 */
public record Installation(
    RememberedNatives remembered,
    UsualPlaces places,
    List<Path> cuda,
    Repositories repositories,
    Consumer<String> talk,
    Download.ProgressListener progress) {

  /** Whether natives compute, in a process of their own. */
  public interface Trial {
    /**
     * @throws InputException when they don't, with the reason
     */
    void run(Natives natives) throws IOException;
  }

  /**
   * @param from a folder or a jar, where one is named
   * @throws InputException when there is none that fits, with what to do
   */
  public Natives install(Optional<Path> from, Flavor flavor, Trial trial) throws IOException {
    Path folder = remembered.folder();
    try (NativesLock lock = NativesLock.of(folder)) {
      Path own = folder.resolve(UUID.randomUUID().toString());
      try {
        Natives natives = from.isPresent() ? named(from.get(), flavor, own) : searched(flavor, own);
        talk.accept("trying " + natives.library());
        trial.run(natives);
        remembered.write(natives);
        return natives;
      } catch (IOException | RuntimeException e) {
        RememberedNatives.delete(own);
        throw e;
      }
    }
  }

  private Natives named(Path from, Flavor flavor, Path own) throws IOException {
    if (Files.isRegularFile(from) && !from.getFileName().toString().equals(TorchFolder.LIBRARY)) {
      return ofJar(from, flavor, own);
    }
    Path folder = Files.isDirectory(from) ? from : from.toAbsolutePath().getParent();
    TorchFolder torch =
        TorchFolder.under(folder)
            .orElseThrow(
                () ->
                    new InputException(
                        from
                            + ": neither a jar nor a folder that holds libtorch.so, such as"
                            + " torch/lib of a Python installation"));
    torch.check(flavor);
    return inPlace(torch, flavor, own);
  }

  private Natives inPlace(TorchFolder torch, Flavor flavor, Path own) throws IOException {
    return natives(
        torch.library(), flavor, torch.version().cuda(), own, torch.library().toString());
  }

  private Natives ofJar(Path jar, Flavor flavor, Path own) throws IOException {
    TorchArchive archive = new TorchArchive(jar);
    if (!archive.has(TorchFolder.LIBRARY)) {
      throw new InputException(jar + ": holds no libtorch.so");
    }
    TorchVersion version = new TorchVersion(archive.version(), Optional.empty());
    new TorchFolder(jar, version, archive.has("libtorch_cuda.so")).check(flavor);
    Path library = own.resolve("lib");
    talk.accept("unpacking " + jar);
    archive.unpack(library, name -> true);
    completed(library, flavor, jar.toString());
    return natives(library, flavor, Optional.empty(), own, jar.toAbsolutePath().toString());
  }

  private Natives natives(Path library, Flavor flavor, Optional<String> cuda, Path own, String from)
      throws IOException {
    Optional<Path> runtime = flavor == Flavor.CPU ? Optional.empty() : CudaRuntime.beside(library);
    Optional<Path> linked =
        runtime.isPresent()
            ? Optional.of(CudaRuntime.link(runtime.get(), own.resolve("cudart")))
            : Optional.empty();
    // DJL loads nothing of a folder that is a link.
    return new Natives(Flavor.VERSION, flavor, cuda, library.toRealPath(), linked, from);
  }

  /** The first that fits in the usual places, or else a download. */
  private Natives searched(Flavor flavor, Path own) throws IOException {
    for (TorchFolder torch : places.torches()) {
      Optional<String> problem = torch.problem(flavor);
      if (problem.isEmpty()) {
        talk.accept("found " + torch.library());
        return inPlace(torch, flavor, own);
      }
      talk.accept("not used: " + problem.get());
    }
    if (flavor == Flavor.CPU) {
      throw new InputException(
          "no libtorch "
              + Flavor.VERSION
              + " for the CPU is in the usual places; 'secateur natives remove' goes back to"
              + " the built-in one");
    }
    return downloaded(flavor, own);
  }

  private Natives downloaded(Flavor flavor, Path own) throws IOException {
    Download download = new Download(remembered.folder().resolve("downloads"), progress);
    Path library = own.resolve("lib");
    URI djl = repositories.djl();
    try {
      talk.accept("downloading from " + djl);
      repositories.fromDjl(flavor, download, library);
      return natives(library, flavor, Optional.of("12.8"), own, djl.toString());
    } catch (IOException e) {
      RememberedNatives.delete(library);
      if (!Download.isUnreachable(e) && !(e instanceof FileNotFoundException)) {
        throw e;
      }
      talk.accept(djl + " can't be used: " + reason(e));
    }
    try {
      talk.accept("downloading from " + repositories.maven());
      download.reach(repositories.maven());
      List<String> missing = CudaLibraries.missing(cudaFolders());
      if (!missing.isEmpty()) {
        throw CudaLibraries.lacks("libtorch of Maven Central", missing);
      }
      repositories.fromMaven(download, library);
    } catch (IOException e) {
      if (Download.isUnreachable(e)) {
        throw offline(flavor, e);
      }
      throw e;
    }
    completed(library, flavor, "libtorch of Maven Central");
    return natives(library, flavor, Optional.of("12.9"), own, repositories.maven().toString());
  }

  private void completed(Path library, Flavor flavor, String what) throws IOException {
    if (flavor == Flavor.CPU) {
      return;
    }
    List<String> missing = CudaLibraries.link(library, cudaFolders());
    if (!missing.isEmpty()) {
      throw CudaLibraries.lacks(what, missing);
    }
  }

  private List<Path> cudaFolders() {
    List<Path> all = new ArrayList<>(cuda);
    all.addAll(places.cuda());
    return all;
  }

  private InputException offline(Flavor flavor, IOException e) {
    return new InputException(
        "no libtorch "
            + Flavor.VERSION
            + " for CUDA is in the usual places, and neither "
            + repositories.djl()
            + " nor "
            + repositories.maven()
            + " can be reached ("
            + reason(e)
            + "); copy torch/lib of Python's torch "
            + Flavor.VERSION
            + "+"
            + flavor.label()
            + " to this machine and give it with --from",
        e);
  }

  private static String reason(IOException e) {
    return e instanceof UnknownHostException
        ? "the name " + e.getMessage() + " is unknown"
        : e.getMessage();
  }
}
