package dev.secateur.actors;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import ai.djl.ndarray.NDArray;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.secateur.protocol.CborSerializable;

/** The rules of the house. */
@AnalyzeClasses(
    packages = {"dev.secateur", "ai.djl.pytorch.jni"},
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String[] GPU_WORKER = {
    "dev.secateur.tensor..",
    "dev.secateur.model..",
    "dev.secateur.checkpoint..",
    "dev.secateur.text..",
    "dev.secateur.discovery..",
    "dev.secateur.estimation..",
    "dev.secateur.pruning..",
    "dev.secateur.recovery..",
    "dev.secateur.evaluation..",
    "dev.secateur.artifact..",
    "dev.secateur.demo..",
    "dev.secateur.worker.."
  };

  @ArchTest
  static final ArchRule theProtocolHasNoLibraryButActorRefAndAnnotations =
      classes()
          .that()
          .resideInAPackage("dev.secateur.protocol..")
          .should()
          .onlyDependOnClassesThat(
              describe(
                  "are of the protocol, Java, ActorRef or Jackson's annotations",
                  (JavaClass type) ->
                      type.getPackageName().startsWith("dev.secateur.protocol")
                          || type.getPackageName().startsWith("java.")
                          || type.isPrimitive()
                          || type.isArray()
                          || type.getName().equals("akka.actor.typed.ActorRef")
                          || type.getPackageName().equals("com.fasterxml.jackson.annotation")));

  @ArchTest
  static final ArchRule theCoordinatorNeverSeesTheWorker =
      noClasses()
          .that()
          .resideInAPackage("dev.secateur.coordinator..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(GPU_WORKER)
          .orShould()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");

  @ArchTest
  static final ArchRule theWorkerNeverSeesTheCoordinator =
      noClasses()
          .that()
          .resideInAnyPackage(GPU_WORKER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.secateur.coordinator..", "dev.secateur.actors..");

  @ArchTest
  static final ArchRule noNumberOverloadsOnArrays =
      noClasses()
          .should()
          .callMethodWhere(
              describe(
                  "an array's method is given a Number, which corrupts gradients on the CPU",
                  (JavaMethodCall call) ->
                      call.getTargetOwner().isAssignableTo(NDArray.class)
                          && call.getTarget().getRawParameterTypes().stream()
                              .anyMatch(type -> type.isEquivalentTo(Number.class))));

  @ArchTest
  static final ArchRule whatCrossesAProcessIsARecord =
      classes()
          .that()
          .areAssignableTo(CborSerializable.class)
          .and()
          .areNotInterfaces()
          .and()
          .resideInAPackage("dev.secateur.protocol..")
          .should()
          .beRecords();

  @ArchTest
  static final ArchRule onlyTheWorkerActorAndItsCommandsKnowAkkaAmongTheWork =
      noClasses()
          .that()
          .resideInAnyPackage(GPU_WORKER)
          .and()
          .haveNameNotMatching("dev\\.secateur\\.worker\\.Worker(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("akka..");

  @ArchTest
  static final ArchRule packagesFormNoCycles =
      slices()
          .matching("dev.secateur.(**)")
          .should()
          .beFreeOfCycles()
          .ignoreDependency(
              describe("nothing", (JavaClass type) -> false),
              describe("nothing", (JavaClass type) -> false));

  @ArchTest
  static final ArchRule nothingReadsTheTimeInDecisions =
      noClasses()
          .that()
          .resideInAPackage("dev.secateur.coordinator.schedule..")
          .should()
          .accessTargetWhere(
              describe(
                  "the clock is read",
                  (JavaAccess<?> access) ->
                      access.getName().equals("now")
                          || access.getName().equals("currentTimeMillis")
                          || access.getName().equals("nanoTime")));
}
