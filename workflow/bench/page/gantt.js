// Draws the tasks of the chosen run: one row a worker, one bar a task.
const ganttRun = document.getElementById("gantt-run");
function drawGantt() {
  const run = ganttTasks[ganttRun.value], end = ganttEnds[ganttRun.value];
  const lanes = [...new Set(run.worker)];
  const shades = ["#0b5c8a", "#4d93bd"], seen = {};
  const colours = run.worker.map((worker) => shades[(seen[worker] = (seen[worker] ?? -1) + 1) % 2]);
  const bars = {
    type: "bar", orientation: "h", base: run.start, x: run.seconds, y: run.worker.map((w) => "worker " + w),
    marker: {color: colours}, width: 0.8, customdata: run.task.map((task, i) => [task, run.rows[i], run.start[i]]),
    hovertemplate: "%{customdata[0]}<br>start %{customdata[2]:.3f} s, takes %{x:.3f} s<br>%{customdata[1]:,} rows<extra>%{y}</extra>",
  };
  Plotly.react("gantt", [bars], {
    template: "none", height: 120 + 26 * lanes.length, margin: {l: 90, r: 10, t: 10, b: 45}, showlegend: false,
    font: {family: "system-ui, DejaVu Sans, sans-serif", size: 13}, barmode: "overlay",
    xaxis: {title: {text: "s after the submission"}, range: [0, end * 1.02], zeroline: false},
    yaxis: {autorange: "reversed", type: "category"},
    shapes: [{type: "line", x0: end, x1: end, yref: "paper", y0: 0, y1: 1, line: {color: "#a3121f", width: 1.5}}],
  }, {displayModeBar: false, responsive: true});
}
ganttRun.addEventListener("change", drawGantt);
drawGantt();
