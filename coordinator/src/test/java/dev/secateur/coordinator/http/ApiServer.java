package dev.secateur.coordinator.http;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import akka.persistence.testkit.javadsl.EventSourcedBehaviorTestKit;
import akka.stream.javadsl.Source;
import com.typesafe.config.ConfigFactory;
import dev.secateur.coordinator.Coordinator;
import dev.secateur.coordinator.KitJournal;
import dev.secateur.coordinator.config.Sources;
import dev.secateur.coordinator.disk.Housekeeping;
import dev.secateur.coordinator.disk.Retention;
import dev.secateur.coordinator.disk.Upkeep;
import dev.secateur.coordinator.events.JournalPlans;
import dev.secateur.coordinator.events.ListedJournal;
import dev.secateur.coordinator.report.Reportings;
import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A coordinator and its API on a port of loopback, the journal in memory, and a client of it. */
final class ApiServer implements AutoCloseable {
  private static final int MOST_BYTES = 4 << 20;
  private static final Pattern LENGTH =
      Pattern.compile("Content-Length: (\\d+)", Pattern.CASE_INSENSITIVE);

  private final ActorTestKit kit;
  private final HttpApi api;
  private final ServerBinding binding;

  /** What came back on the wire. */
  record Answer(int status, String head, String body) {}

  /**
   * @param folder of run folders
   * @param sources what names in configurations mean
   */
  ApiServer(Path folder, Sources sources) {
    this(folder, sources, CodeVersion.CURRENT);
  }

  /**
   * @param active the code version of the coordinator, which the API asks
   */
  ApiServer(Path folder, Sources sources, CodeVersion active) {
    this(folder, sources, active, Housekeeping.NONE);
  }

  /**
   * @param housekeeping of the node
   */
  ApiServer(Path folder, Sources sources, CodeVersion active, Housekeeping housekeeping) {
    this(folder, sources, active, housekeeping, Duration.ofSeconds(20), InstantSource.system());
  }

  /**
   * @param toldWithin how long a client waits for what is being removed
   * @param clock by which things are found out anew
   */
  ApiServer(
      Path folder,
      Sources sources,
      CodeVersion active,
      Housekeeping housekeeping,
      Duration toldWithin,
      InstantSource clock) {
    kit =
        ActorTestKit.create(
            ConfigFactory.parseString(
                    "akka.http.server.parsing.error-handler = \""
                        + ParsingErrors.class.getName()
                        + "\"\nakka.http.server.parsing.illegal-header-warnings = off\n"
                        + "akka.actor.serialization-bindings {"
                        + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }")
                .withFallback(EventSourcedBehaviorTestKit.config())
                .withFallback(ConfigFactory.load()));
    ActorRef<CoordinatorMessage> coordinator =
        kit.spawn(
            Coordinator.create(
                new Coordinator.Timing(Duration.ofMinutes(1), Duration.ofSeconds(5)),
                new ArtifactExchange.SharedFolder(),
                Reportings.empty(),
                new Upkeep(housekeeping, Retention.FOREVER),
                InstantSource.system(),
                active));
    PeopleRoutes people =
        new PeopleRoutes(
            new ListedJournal(List.of()),
            question ->
                CompletableFuture.completedFuture(new NodeLogs.Answer(List.of(), List.of())),
            List::of,
            Runnable::run);
    api =
        new HttpApi(
            new SweepService(
                kit.system(),
                coordinator,
                () -> sources,
                folder,
                new RunFolders(),
                new JournalPlans(new KitJournal(kit.system())),
                key -> false,
                Duration.ofSeconds(20)),
            new EventFeed(new ListedJournal(List.of()), Source::empty),
            Metrics.of(kit.system()),
            new DiskRoutes(kit.system(), coordinator, housekeeping, toldWithin, clock),
            Optional.empty(),
            new ArtifactRoutes(
                new EmptyArtifactRepository(),
                ArtifactKeepers.NONE,
                "pass",
                Runnable::run,
                MOST_BYTES),
            people,
            AllowedHosts.of(List.of("proxy.example")),
            kit.system().dispatchers().lookup(DispatcherSelector.blocking()),
            MOST_BYTES);
    binding =
        Http.get(kit.system())
            .newServerAt("127.0.0.1", 0)
            .bind(api.routes())
            .toCompletableFuture()
            .join();
  }

  /** All that the API does. */
  List<Endpoint> endpoints() {
    return api.endpoints();
  }

  int port() {
    return binding.localAddress().getPort();
  }

  Answer get(String path) throws IOException {
    return send("GET", path, Map.of(), "");
  }

  Answer submit(String configuration) throws IOException {
    return send(
        "POST", "/api/v1/sweeps", Map.of("Content-Type", "application/hocon"), configuration);
  }

  /** A request with its headers; those that every request has unless they are given. */
  Answer send(String method, String path, Map<String, String> headers, String body)
      throws IOException {
    StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    if (!headers.containsKey("Host")) {
      request.append("Host: 127.0.0.1:" + port() + "\r\n");
    }
    headers.forEach((name, value) -> request.append(name + ": " + value + "\r\n"));
    if (!method.equals("GET")) {
      request.append("Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n");
    }
    return raw(request.append("Connection: close\r\n\r\n").append(body).toString());
  }

  /** Whatever is sent, and what is answered. */
  Answer raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
      socket.setSoTimeout(30_000);
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.UTF_8));
      out.flush();
      InputStream in = socket.getInputStream();
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          throw new IOException("the connection was closed after: " + head);
        }
        head.append((char) next);
      }
      Matcher length = LENGTH.matcher(head);
      boolean bodiless = request.startsWith("HEAD ");
      byte[] body =
          bodiless
              ? new byte[0]
              : length.find()
                  ? in.readNBytes(Integer.parseInt(length.group(1)))
                  : in.readAllBytes();
      return new Answer(
          Integer.parseInt(head.substring(9, 12)),
          head.toString(),
          new String(body, StandardCharsets.UTF_8));
    }
  }

  @Override
  public void close() {
    binding.unbind().toCompletableFuture().join();
    kit.shutdownTestKit();
  }
}
