/** The worker: an actor bound to one device, which asks for tasks and has them run. */
package dev.secateur.worker;
