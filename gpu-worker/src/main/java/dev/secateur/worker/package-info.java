/** The worker: an actor bound to one device, which asks for tasks and runs them. */
package dev.secateur.worker;
