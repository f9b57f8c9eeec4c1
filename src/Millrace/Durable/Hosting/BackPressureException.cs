namespace Millrace.Durable.Hosting;

/// <summary>Sources may not go on, because tasks hold more output than they may; the batch is delivered again.</summary>
internal sealed class BackPressureException(string message) : Exception(message);
