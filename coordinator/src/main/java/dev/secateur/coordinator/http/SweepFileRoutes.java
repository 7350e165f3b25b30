package dev.secateur.coordinator.http;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.server.Route;
import dev.secateur.coordinator.report.ReportFiles;
import dev.secateur.protocol.SweepSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** What a sweep has made: the files of its run folder, and where its artifacts are. */
final class SweepFileRoutes extends SweepDirectives {
  private final ArtifactPlaces places;

  /**
   * @param places where the artifacts of trials are
   * @param blocking where files are read
   */
  SweepFileRoutes(SweepService service, ArtifactPlaces places, Executor blocking) {
    super(service, blocking);
    this.places = places;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get("/sweeps/{id}/results", call -> file(call.get("id"), ReportFiles.RESULTS)),
        Endpoint.get("/sweeps/{id}/best", call -> best(call.get("id"))),
        Endpoint.get("/sweeps/{id}/artifacts", call -> artifacts(call.get("id"))),
        Endpoint.get("/sweeps/{id}/files", call -> files(call.get("id"))),
        Endpoint.get("/sweeps/{id}/files/{name}", call -> file(call.get("id"), call.get("name"))));
  }

  private Route best(String id) {
    return none(() -> read(id, sweep -> Responses.ok(service().best(sweep))));
  }

  private Route files(String id) {
    return none(() -> read(id, sweep -> Responses.ok(service().files(sweep))));
  }

  private Route file(String id, String name) {
    return none(() -> read(id, sweep -> file(sweep, name)));
  }

  private HttpResponse file(SweepSummary sweep, String name) {
    return service()
        .file(sweep, name)
        .map(content -> Responses.file(name, content))
        .orElseGet(() -> Responses.missing(named(sweep) + " has no file " + name));
  }

  private Route artifacts(String id) {
    return onlyOptional("trial", trial -> read(id, sweep -> artifacts(sweep, trial)));
  }

  /**
   * @param trial the only one that is asked for
   */
  private HttpResponse artifacts(SweepSummary sweep, Optional<String> trial) {
    Optional<Integer> only = trial.map(text -> Queries.number("trial", text));
    Optional<byte[]> results = service().file(sweep, ReportFiles.RESULTS);
    if (results.isEmpty()) {
      return Responses.missing(named(sweep) + " has no results yet");
    }
    try {
      List<ArtifactPlaces.OfTrial> found = places.of(results.get(), only);
      return only.isPresent() && found.isEmpty()
          ? Responses.missing(named(sweep) + " has no trial " + only.get())
          : Responses.ok(found);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Route read(String id, Function<SweepSummary, HttpResponse> reading) {
    return onSweep(id, sweep -> reading(() -> reading.apply(sweep)));
  }

  private static String named(SweepSummary sweep) {
    return "sweep " + sweep.sweep().value();
  }
}
