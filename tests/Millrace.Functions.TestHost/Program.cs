using System.Runtime.InteropServices;
using Millrace.Functions.TestHost;

// In a container of a platform the Durable extension would write its events among the lines for who started this process.
Environment.SetEnvironmentVariable("CONTAINER_NAME", null);
HostArguments arguments = HostArguments.Parse(args);
using CancellationTokenSource stopping = new();
TaskCompletionSource drain = new(TaskCreationOptions.RunContinuationsAsynchronously);
TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
TimeSpan patience = TimeSpan.FromSeconds(15);

// As a platform that scales in: what runs may end, nothing new begins.
using PosixSignalRegistration terminated = PosixSignalRegistration.Create(
    PosixSignal.SIGTERM,
    context =>
    {
        context.Cancel = true;
        drain.TrySetResult();
    }
);

// Who started this process holds its input: when that closes, nobody needs it any more.
_ = Task.Run(async () =>
{
    while (await Console.In.ReadLineAsync() is not null) { }

    closed.TrySetResult();

    // Whatever still waits, for a broker that is gone for instance: by then the worker has been ended.
    await Task.Delay(patience);
    Environment.Exit(1);
});
await using AppHost host = new(arguments);
await host.StartAsync(stopping.Token);
await Console.Out.WriteLineAsync($"{HostLines.Ready}{host.Address}");
await Task.WhenAny(drain.Task, closed.Task);
if (drain.Task.IsCompleted && await Task.WhenAny(host.DrainAsync(), closed.Task) != closed.Task)
{
    await Console.Out.WriteLineAsync(HostLines.Drained);
}
