package dev.secateur.coordinator.http;

import akka.NotUsed;
import akka.http.javadsl.marshalling.sse.EventStreamMarshalling;
import akka.http.javadsl.model.sse.ServerSentEvent;
import akka.http.javadsl.server.Route;
import akka.stream.javadsl.Source;
import dev.secateur.protocol.SweepId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

/** The stream of events, of all sweeps or of one. */
final class EventRoutes extends SweepDirectives {
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);
  private static final List<String> PARAMETERS = List.of("sweep", "since", "newest", "follow");

  private final EventFeed feed;
  private final PeopleRoutes people;

  /**
   * @param people knows of sweeps that are deleted
   * @param blocking where the journal is read
   */
  EventRoutes(SweepService service, EventFeed feed, PeopleRoutes people, Executor blocking) {
    super(service, blocking);
    this.feed = feed;
    this.people = people;
  }

  List<Endpoint> endpoints() {
    return List.of(Endpoint.get("/events", call -> events()));
  }

  private Route events() {
    return query(
        PARAMETERS,
        given -> optionalHeaderValueByName("Last-Event-ID", last -> events(given, last)));
  }

  /**
   * @param last the number that a client which reconnects has seen last
   */
  private Route events(Map<String, String> given, Optional<String> last) {
    Optional<SweepId> sweep = optional(given, "sweep").map(SweepId::new);
    boolean live = Queries.flag("follow", optional(given, "follow"), true);
    Optional<String> since = last.or(() -> optional(given, "since"));
    Optional<String> newest = optional(given, "newest");
    if (since.isPresent()) {
      return after(Queries.sequence(since.get()), sweep, live);
    }
    return newest.isPresent()
        ? newest(Queries.number("number of newest events", newest.get()), sweep, live)
        : after(0, sweep, live);
  }

  /**
   * @param most how many past events are told first
   */
  private Route newest(int most, Optional<SweepId> sweep, boolean live) {
    return onSuccess(reading(() -> feed.before(most)), last -> after(last, sweep, live));
  }

  /**
   * @param sweep whose events alone are wanted
   * @param live whether events that are to come are wanted too
   */
  private Route after(long last, Optional<SweepId> sweep, boolean live) {
    Source<ServerSentEvent, NotUsed> events = feed.after(last, sweep, live);
    return people.ifKnown(sweep, service(), () -> streamed(events));
  }

  private Route streamed(Source<ServerSentEvent, NotUsed> events) {
    return completeOK(
        events.keepAlive(HEARTBEAT, ServerSentEvent::heartbeat),
        EventStreamMarshalling.toEventStream());
  }
}
