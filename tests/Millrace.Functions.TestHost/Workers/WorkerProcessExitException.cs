namespace Millrace.Functions.TestHost.Workers;

/// <summary>
/// A worker has died under an invocation. The Durable extension knows the real host's exception by this name, and gives the batch back.
/// </summary>
internal sealed class WorkerProcessExitException(string message) : Exception(message);
