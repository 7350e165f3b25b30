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

  /** Which events a client requests: those of one sweep alone, and those that are to come. */
  private record Wanted(Optional<SweepId> sweep, boolean live) {
    static Wanted of(Map<String, String> given) {
      return new Wanted(
          optional(given, "sweep").map(SweepId::new),
          Queries.flag("follow", optional(given, "follow"), true));
    }
  }

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
    Wanted wanted = Wanted.of(given);
    Optional<String> since = last.or(() -> optional(given, "since"));
    Optional<String> newest = optional(given, "newest");
    if (since.isPresent()) {
      return after(Queries.sequence(since.get()), wanted);
    }
    return newest.isPresent()
        ? newest(Queries.number("number of newest events", newest.get()), wanted)
        : after(0, wanted);
  }

  /**
   * @param most how many past events are told first
   */
  private Route newest(int most, Wanted wanted) {
    return onSuccess(reading(() -> feed.before(most)), last -> after(last, wanted));
  }

  private Route after(long last, Wanted wanted) {
    Source<ServerSentEvent, NotUsed> events = feed.after(last, wanted.sweep(), wanted.live());
    return people.ifKnown(wanted.sweep(), service(), () -> streamed(events));
  }

  private Route streamed(Source<ServerSentEvent, NotUsed> events) {
    return completeOK(
        events.keepAlive(HEARTBEAT, ServerSentEvent::heartbeat),
        EventStreamMarshalling.toEventStream());
  }
}
