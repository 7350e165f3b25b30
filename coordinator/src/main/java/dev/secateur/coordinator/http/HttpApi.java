package dev.secateur.coordinator.http;

import akka.http.javadsl.server.AllDirectives;
import akka.http.javadsl.server.Route;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/**
 * The routes of the API, as {@code openapi.yaml} beside this class describes them. Mistakes of a
 * client are answered with 4xx and what is wrong, one message to each.
 */
public final class HttpApi extends AllDirectives {
  private final List<Endpoint> endpoints;
  private final AccessControl access;
  private final Refusals refusals;
  private final Dashboard dashboard = new Dashboard();

  /**
   * @param disk what this node keeps
   * @param tokens who may use the API; everybody where absent
   * @param artifacts what trials have made
   * @param people what is told of sweeps and nodes beside
   * @param hosts the names that this node goes by
   * @param blocking where files are read
   * @param mostBytes the largest configuration
   */
  public HttpApi(
      SweepService service,
      EventFeed events,
      Metrics metrics,
      DiskRoutes disk,
      Optional<Tokens> tokens,
      ArtifactRoutes artifacts,
      PeopleRoutes people,
      AllowedHosts hosts,
      Executor blocking,
      long mostBytes) {
    Askers askers = new Askers(tokens);
    this.access = new AccessControl(tokens, artifacts::isPass);
    this.refusals = new Refusals(new RequestCheck(hosts));
    this.endpoints =
        Stream.of(
                new StatusRoutes(service, metrics, disk).endpoints(),
                new WorkerRoutes(service).endpoints(),
                new EventRoutes(service, events, people, blocking).endpoints(),
                new SweepRoutes(service, askers, disk, blocking).endpoints(),
                new SweepFileRoutes(service, artifacts.places(), blocking).endpoints(),
                new SubmissionRoutes(service, askers, blocking, mostBytes).endpoints(),
                disk.endpoints(),
                people.endpoints(),
                artifacts.endpoints())
            .flatMap(List::stream)
            .toList();
  }

  /** All routes: those of the API, and the pages that use it. */
  public Route routes() {
    Endpoints all = new Endpoints(endpoints);
    return refusals.around(() -> concat(dashboard.route(), all.route(access::admit)));
  }

  /** All that the API does. */
  List<Endpoint> endpoints() {
    return endpoints;
  }
}
