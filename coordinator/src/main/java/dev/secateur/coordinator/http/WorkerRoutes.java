package dev.secateur.coordinator.http;

import akka.http.javadsl.server.Route;
import dev.secateur.protocol.CoordinatorProtocol.Directed;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Workers: which there are, and that one takes no more work. */
final class WorkerRoutes extends ApiDirectives {
  private final SweepService service;

  WorkerRoutes(SweepService service) {
    this.service = service;
  }

  List<Endpoint> endpoints() {
    return List.of(
        Endpoint.get("/workers", call -> none(this::workers)),
        Endpoint.post("/workers/drain", call -> onWorker(service::drain)),
        Endpoint.post("/workers/undrain", call -> onWorker(service::undrain)));
  }

  private Route workers() {
    return answer(service.workers(), all -> Responses.ok(all.workers()));
  }

  private Route onWorker(Function<String, CompletionStage<Directed>> order) {
    return onlyRequired("name", name -> answer(order.apply(name), Responses::directed));
  }
}
