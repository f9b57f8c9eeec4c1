namespace Millrace.Runtime;

/// <summary>Names a task: a stage and the index of the parallel instance.</summary>
internal readonly record struct TaskId(string StageUid, int Index)
{
    public override string ToString() => $"{StageUid}[{Index}]";
}
