using Microsoft.Azure.WebJobs.Extensions.Timers;

namespace Millrace.Functions.TestHost.Durable;

/// <summary>
/// Remembers no ticks, so none is made up for after a restart. The monitor of the timer package that registries serve needs an older
/// package for storage than the Durable extension takes.
/// </summary>
internal sealed class NoScheduleMonitor : ScheduleMonitor
{
    public override Task<ScheduleStatus> GetStatusAsync(string timerName) => Task.FromResult<ScheduleStatus>(null!);

    public override Task UpdateStatusAsync(string timerName, ScheduleStatus status) => Task.CompletedTask;

    public override Task<TimeSpan> CheckPastDueAsync(string timerName, DateTime now, TimerSchedule schedule, ScheduleStatus lastStatus) =>
        Task.FromResult(TimeSpan.Zero);
}
