namespace Millrace.Durable;

/// <summary>The untyped face of a keyed task's edge output.</summary>
internal interface ITaskEdgeOutput
{
    void EndOperation();
}
